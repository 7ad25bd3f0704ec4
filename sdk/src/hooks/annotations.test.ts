import { describe, expect, it } from 'vitest';
import type { AnnotationFilter } from '../server/services.ts';
import { annotationHooks } from './annotations.ts';

describe('what a tap of annotations.visible answers', () => {
  it.each<[string, AnnotationFilter, AnnotationFilter, AnnotationFilter]>([
    ['stands as it is where it keeps what it was given', { imageId: 1 }, { imageId: 1, authorIds: [2] }, {}],
    ['stands as it is where it only says the default', {}, { deleted: 'no' }, {}],
    ['is joined to what it has dropped', { imageId: 1, authorIds: [2] }, {}, { imageId: 1, authorIds: [2] }],
    ['is joined to what it has changed', { authorIds: [2] }, { authorIds: [2, 3] }, { authorIds: [2] }],
    ['does not bring deleted ones back', {}, { deleted: 'all' }, { deleted: 'no' }],
    ['may leave deleted ones out', { deleted: 'all' }, {}, { deleted: 'all' }],
    ['does not drop what was joined before', { allOf: [{ imageId: 1 }] }, {}, { allOf: [{ imageId: 1 }] }],
  ])('%s', (_, given, answer, kept) => {
    const isKept = Object.keys(kept).length > 0;
    expect(annotationHooks.visible.narrow?.(given, answer)).toEqual(isKept ? { ...answer, allOf: [kept] } : answer);
  });

  it('keeps what it joins itself', () => {
    expect(annotationHooks.visible.narrow?.({ authorIds: [1] }, { allOf: [{ imageId: 2 }] })).toEqual({
      allOf: [{ imageId: 2 }, { authorIds: [1] }],
    });
  });
});
