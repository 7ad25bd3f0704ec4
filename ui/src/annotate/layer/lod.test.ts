import { describe, expect, it } from 'vitest';
import { chunkLevel, markerSize, PIXEL_LIMIT, rasterLimit, vertexStride } from './lod.ts';
import { isSoftwareRenderer } from './probe.ts';

describe('levels of detail', () => {
  it('strokes all that can be seen while shapes are few, and less the more there are', () => {
    const limits = [100, 3000, 10_000, 100_000].map(rasterLimit);
    expect(limits[0]).toBe(PIXEL_LIMIT);
    expect(limits).toEqual([...limits].sort((a, b) => a - b));
  });

  it('keeps all vertices near, and at least eight of a ring however far', () => {
    expect(vertexStride(30, 400)).toBe(1);
    for (const size of [1.5, 3, 10]) expect(Math.ceil(1000 / vertexStride(1000, size))).toBeGreaterThanOrEqual(8);
  });

  it('shrinks markers as points get many, but never below a pixel', () => {
    const sizes = [10, 10_000, 50_000, 1_000_000].map(markerSize);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(sizes.at(-1)).toBe(1);
  });

  it('draws a chunk by points only when none of its shapes can be seen as more', () => {
    expect(chunkLevel(0.5, 1)).toBe('points');
    expect(chunkLevel(0.5, 40)).toBe('coarse');
    expect(chunkLevel(30, 40)).toBe('full');
  });
});

describe('isSoftwareRenderer', () => {
  it.each([
    ['ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)', true],
    ['llvmpipe (LLVM 15.0.6, 256 bits)', true],
    ['ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11)', true],
    ['ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11)', false],
    ['Apple M2', false],
  ])('%s: %s', (name, isSoftware) => expect(isSoftwareRenderer(name)).toBe(isSoftware));
});
