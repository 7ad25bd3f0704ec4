import { isIPv6 } from 'node:net';

/**
 * What counts as one client for rate limits: an IPv4 address, or the /64 of an IPv6 one, since whoever has a connection
 * has all 2⁶⁴ addresses of it (RFC 6177). IPv4 written as IPv6 (`::ffff:192.0.2.1`) is IPv4.
 */
export function clientNetwork(address: string): string {
  const plain = address.replace(/%.*$/, '').toLowerCase();
  if (!isIPv6(plain)) return plain;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  // A dotted end stands for two groups.
  const after =
    tail === undefined || tail === ''
      ? []
      : tail.split(':').flatMap((group) => (group.includes('.') ? [group, ''] : [group]));
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  const network = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
