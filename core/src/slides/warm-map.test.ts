import { describe, expect, it } from 'vitest';
import { createWarmMap } from './warm-map.ts';

const BLOCK = 65_536;

describe('the map of what was read lately', () => {
  it('knows a range when all of its blocks were read', () => {
    const map = createWarmMap(10 * BLOCK);
    map.mark(BLOCK + 5, 100);
    expect(map.isWarm(BLOCK, BLOCK)).toBe(true);
    expect(map.isWarm(BLOCK - 1, 2)).toBe(false);
    map.mark(0, 1);
    expect(map.isWarm(BLOCK - 1, 2)).toBe(true);
  });

  it('forgets the blocks of one slow read, and everything after a second one close by', () => {
    const map = createWarmMap(10 * BLOCK);
    map.mark(0, 10 * BLOCK);
    map.doubt(BLOCK, 10);
    expect(map.isWarm(BLOCK, 10)).toBe(false);
    expect(map.isWarm(2 * BLOCK, 10)).toBe(true);
    map.doubt(2 * BLOCK, 10);
    for (let block = 0; block < 10; block++) expect(map.isWarm(block * BLOCK, 1)).toBe(false);
  });

  it('takes two slow reads with many quick ones between for two accidents', () => {
    const map = createWarmMap(10 * BLOCK);
    map.mark(0, 10 * BLOCK);
    map.doubt(0, 10);
    for (let read = 0; read < 100; read++) map.isWarm(5 * BLOCK, 10);
    map.doubt(BLOCK, 10);
    expect(map.isWarm(5 * BLOCK, 10)).toBe(true);
  });
});
