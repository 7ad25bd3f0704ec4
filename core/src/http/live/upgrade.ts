import { type IncomingHttpHeaders, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Tells whether a request to open a socket may use its cookie.
 *
 * Browsers send cookies along from any page, and always an origin: it must be ours. Programs send none; they must bring a
 * token, which no foreign page can.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  const { origin, host, authorization } = headers;
  if (origin === undefined) return authorization !== undefined && /^bearer /i.test(authorization);
  if (publicUrl !== undefined && origin === publicUrl) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}

export function refuseUpgrade(socket: Duplex, status: 401 | 403 | 503): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
