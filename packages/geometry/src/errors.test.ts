import { expect, it } from 'vitest';
import { GEOMETRY_ERROR_CODES } from './errors.ts';

it('keeps its codes, which are API', () => {
  expect(GEOMETRY_ERROR_CODES).toEqual([
    'GEOMETRY_KIND',
    'GEOMETRY_NUMBER',
    'GEOMETRY_EMPTY',
    'GEOMETRY_TOO_FEW_POINTS',
    'GEOMETRY_TOO_LARGE',
    'GEOMETRY_SELF_CROSSING',
    'GEOMETRY_ZERO_AREA',
    'GEOMETRY_HOLE_OUTSIDE',
    'GEOMETRY_OUT_OF_RANGE',
    'GEOMETRY_OUTSIDE_IMAGE',
    'GEOMETRY_PACKED',
    'GEOMETRY_FRAME',
    'GEOMETRY_OVERVIEW',
    'GEOMETRY_CENTRES',
  ]);
});
