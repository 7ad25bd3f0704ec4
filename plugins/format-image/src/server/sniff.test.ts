import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planImport } from './plan-import.ts';
import { sniff } from './sniff.ts';

const info = { width: 1, height: 1, levels: [], planes: { z: 1, t: 1, c: 1 }, vendor: 'tiff', associated: [] };
const TIFF = Uint8Array.of(0x49, 0x49, 0x2a, 0);

describe('plan of an import', () => {
  it('converts a TIFF only when its reader asks for levels', () => {
    const plan = (more: object) => planImport({ name: 'x', head: TIFF, sizeBytes: 4, ...more })?.action;
    expect(plan({ info })).toBeUndefined();
    expect(plan({ info: { ...info, needsPyramid: true } })).toBe('convert');
    expect(plan({})).toBe('convert');
  });
  it('goes by content and not by name', () => {
    expect(planImport({ name: 'slide.png', head: Buffer.from('<svg>'), sizeBytes: 5 })).toBeUndefined();
    expect(planImport({ name: 'notes.txt', head: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), sizeBytes: 4 })?.action).toBe(
      'convert',
    );
  });
  it('does not take a text that begins with BM for a picture', () => {
    expect(sniff(Buffer.from('BMW is a maker of cars and motorcycles'))).toBeUndefined();
  });
  it('has an answer for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) =>
        [undefined, 'png', 'jpeg', 'bmp', 'webp', 'tiff'].includes(sniff(bytes)),
      ),
      { seed: 20240607 },
    );
  });
});
