import { describe, expect, it } from 'vitest';
import { firstWindow, following, isAll, marksOf, niceStep, niceTimeStep, windowAbout, zoomed } from './time-window.ts';

describe('what of a recording is drawn', () => {
  it('is all of a short one, and the first minute of a long one', () => {
    expect(firstWindow(10)).toEqual({ fromS: 0, toS: 10 });
    expect(firstWindow(7200)).toEqual({ fromS: 0, toS: 60 });
    expect(isAll({ fromS: 0, toS: 10 }, 10)).toBe(true);
  });

  it('keeps what is under the cursor in its place when it is enlarged, and stays within the recording', () => {
    expect(zoomed({ fromS: 0, toS: 8 }, 0.5, 6, 10)).toEqual({ fromS: 3, toS: 7 });
    expect(zoomed({ fromS: 6, toS: 10 }, 4, 9, 10)).toEqual({ fromS: 0, toS: 10 });
    expect(zoomed({ fromS: 0, toS: 1 }, 1e-9, 0.5, 10).toS).toBeGreaterThan(0.5);
    expect(windowAbout(9.9, 4, 10)).toEqual({ fromS: 6, toS: 10 });
    expect(windowAbout(0.002, 4, 0.004)).toEqual({ fromS: 0, toS: 0.004 });
  });

  it('turns the page when the cursor leaves it', () => {
    const window = { fromS: 0, toS: 60 };
    expect(following(window, 59.9, 600)).toBe(window);
    expect(following(window, 60, 600)).toEqual({ fromS: 54, toS: 114 });
    expect(following({ fromS: 540, toS: 600 }, 600, 600)).toEqual({ fromS: 540, toS: 600 });
  });
});

describe('marks of an axis', () => {
  it('stand at round numbers', () => {
    expect(niceStep(10, 5)).toBe(2);
    expect(niceStep(0.07, 5)).toBeCloseTo(0.02);
    expect(marksOf(0.5, 3.2, 1)).toEqual([1, 2, 3]);
    expect(niceStep(0, 5)).toBe(1);
    expect(niceTimeStep(600, 5)).toBe(120);
    expect(niceTimeStep(60, 5)).toBe(15);
    expect(niceTimeStep(0.3, 5)).toBeCloseTo(0.1);
  });
});
