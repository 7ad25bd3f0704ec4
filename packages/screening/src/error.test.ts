import { expect, it } from 'vitest';
import { SCREENING_ERRORS } from './index.ts';

it('has codes that stay what they are', () => {
  expect(SCREENING_ERRORS).toEqual([
    'SCALE_UNKNOWN',
    'FIELD_SIZE',
    'OVERLAP',
    'REGION_EMPTY',
    'TOO_MANY_FIELDS',
    'MASK_SIZE',
    'TISSUE_PARAMETER',
  ]);
});
