import { describe, expect, it } from 'vitest';
import type { SpectrogramGrid } from '../../shared/model.ts';
import { bandToPlay, columnAt, hzAt, soundBoxOf, timeAt } from './grid.ts';

const grid: SpectrogramGrid = {
  columns: 1000,
  rows: 512,
  secondsPerPixel: 0.01,
  scale: 'linear',
  fMinHz: 0,
  fMaxHz: 16_000,
  hopS: 0.005,
  framesPerPixel: 2,
  minDb: -110,
  maxDb: -20,
  palette: 'inferno',
};

describe('a box on the image of a recording', () => {
  it('is a stretch of time and a band of frequencies', () => {
    expect(soundBoxOf(grid, { minX: 100, minY: 128, maxX: 250, maxY: 256 }, 10)).toEqual({
      part: { fromS: 1, toS: 2.5 },
      band: { lowHz: 8000, highHz: 12_000 },
    });
  });

  it('holds only what lies on the image, and nothing beside it', () => {
    const box = soundBoxOf(grid, { minX: -50, minY: -10, maxX: 2000, maxY: 900 }, 9.5);
    expect(box).toEqual({ part: { fromS: 0, toS: 9.5 }, band: { lowHz: 0, highHz: 16_000 } });
    expect(soundBoxOf(grid, { minX: 1100, minY: 0, maxX: 1200, maxY: 10 }, 10)).toBeUndefined();
    expect(soundBoxOf(grid, { minX: 5, minY: 0, maxX: 5, maxY: 10 }, 10)).toBeUndefined();
  });

  it('is played through a filter only where that takes something away', () => {
    expect(bandToPlay(grid, { lowHz: 0, highHz: 16_000 })).toBeUndefined();
    expect(bandToPlay(grid, { lowHz: 8000, highHz: 8000 })).toBeUndefined();
    expect(bandToPlay(grid, { lowHz: 500, highHz: 16_000 })).toEqual({ lowHz: 500, highHz: 16_000 });
  });

  it('finds places again, on other scales too', () => {
    expect(columnAt(grid, timeAt(grid, 321))).toBeCloseTo(321);
    expect(hzAt({ ...grid, scale: 'log', fMinHz: 10, fMaxHz: 1000, rows: 200 }, 100)).toBeCloseTo(100);
  });
});
