// @vitest-environment happy-dom
import type { Geometry } from '@exact/geometry';
import { describe, expect, it } from 'vitest';
import { findLoaded } from './step-through.ts';

const geometry: Geometry = { kind: 'point', x: 0, y: 0 };
const all = [
  { uuid: 'a', templateId: 1, isVerified: true, geometry },
  { uuid: 'label', templateId: 1, isVerified: false, geometry: { kind: 'image' } as const },
  { uuid: 'b', templateId: 2, isVerified: false, geometry },
  { uuid: 'c', templateId: 1, isVerified: false, geometry },
];
const next = (from: string | undefined, filter = {}) => findLoaded(all, from, 'next', filter);
const previous = (from: string | undefined, filter = {}) => findLoaded(all, from, 'previous', filter);

describe('going through annotations', () => {
  it('goes round in the order of making, without labels of the whole image, and tells when the end is passed', () => {
    expect(next(undefined)).toEqual({ uuid: 'a', isRound: false });
    expect(next('a')).toEqual({ uuid: 'b', isRound: false });
    expect(next('c')).toEqual({ uuid: 'a', isRound: true });
    expect(previous('a')).toEqual({ uuid: 'c', isRound: true });
    expect(previous(undefined)).toEqual({ uuid: 'c', isRound: false });
  });

  it('goes on from where it was when that does not fit any more, because it got a verdict', () => {
    expect(next('a', { isUnverified: true })).toEqual({ uuid: 'b', isRound: false });
    expect(next('b', { isUnverified: true, templateId: 1 })).toEqual({ uuid: 'c', isRound: false });
  });

  it('comes back to the only one that fits, and finds nothing where none does', () => {
    expect(next('b', { templateId: 2 })).toEqual({ uuid: 'b', isRound: true });
    expect(next('b', { templateId: 9 })).toBeUndefined();
    expect(findLoaded([], 'b', 'next', {})).toBeUndefined();
  });
});
