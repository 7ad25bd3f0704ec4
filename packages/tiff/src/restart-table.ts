import type { TiffDirectory } from './directory.ts';
import { LIMITS } from './limits.ts';
import type { TiffSource } from './source.ts';
import { TAG } from './tags.ts';

/**
 * Reads the table of restart intervals that NDPI keeps for a strip (tag 65426, high halves in 65432).
 *
 * @param length    - bytes of the strip
 * @param dataStart - where its entropy-coded data begin
 * @returns where each interval begins, from the start of the strip; nothing when the table does not fit the strip
 */
export async function loadRestartTable(
  directory: TiffDirectory,
  length: number,
  dataStart: number,
): Promise<Float64Array | undefined> {
  const low = await directory.load(TAG.ndpiRestarts, 4 * LIMITS.chunks);
  const high = await directory.load(TAG.ndpiRestartsHigh, 4 * LIMITS.chunks);
  if (low === undefined || low[0] !== dataStart) return undefined;
  const starts = Float64Array.from(low);
  const usesHigh = high !== undefined && high.length === low.length;
  let carry = 0;
  let previous = 0;
  for (let i = 0; i < starts.length; i++) {
    let start = (low[i] ?? 0) + (usesHigh ? (high[i] ?? 0) * 2 ** 32 : carry);
    // Writers leave the high halves out; as positions only grow, a step back is a carry.
    if (!usesHigh && start < previous) {
      carry += 2 ** 32;
      start += 2 ** 32;
    }
    if (start <= previous || start >= length) return undefined;
    starts[i] = start;
    previous = start;
  }
  return starts;
}

const BLOCK_BYTES = 1024 * 1024;

/**
 * Finds the restart intervals of entropy-coded data by searching for their markers, block by block.
 *
 * @param expected - number of intervals
 * @returns where each begins, from `offset`; nothing when there are more or fewer
 */
export async function scanRestarts(
  source: TiffSource,
  offset: number,
  length: number,
  expected: number,
): Promise<Float64Array | undefined> {
  if (expected > LIMITS.chunks || expected > length) return undefined;
  const starts = new Float64Array(expected);
  let found = 1;
  let endsWithFf = false;
  for (let at = 0; at < length; at += BLOCK_BYTES) {
    const block = await source.bytes(offset + at, Math.min(BLOCK_BYTES, length - at), 'image data');
    const mark = (position: number): void => {
      if (((block[position] ?? 0) & 0xf8) !== 0xd0) return;
      if (found < expected) starts[found] = at + position + 1;
      found += 1;
    };
    if (endsWithFf) mark(0);
    for (let i = block.indexOf(0xff); i >= 0 && i + 1 < block.length; i = block.indexOf(0xff, i + 1)) mark(i + 1);
    endsWithFf = block[block.length - 1] === 0xff;
  }
  return found === expected ? starts : undefined;
}
