import { readFileSync } from 'node:fs';
import convert from '../../plugins/format-image/src/server/pyramid/convert.ts';

/** The converter, and the most memory that its process ever held (VmHWM). */
export default async function measuredConvert(...args: Parameters<typeof convert>): Promise<object> {
  const result = await convert(...args);
  const peakKb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0);
  return { ...result, peakMb: peakKb / 1024 };
}
