import { expect, it } from 'vitest';
import { TIFF_ERROR_CODES, TiffError, truncatedFile } from './error.ts';

it('keeps its codes: they are API', () => {
  expect(TIFF_ERROR_CODES).toEqual([
    'BAD_DIRECTORY',
    'CYCLIC_DIRECTORY',
    'IMAGE_TOO_LARGE',
    'NOT_A_TIFF',
    'TILE_OUT_OF_RANGE',
    'TRUNCATED_FILE',
    'UNREADABLE_TILE',
    'UNSUPPORTED_COMPRESSION',
    'UNSUPPORTED_LAYOUT',
  ]);
});

it('tells how many bytes are missing', () => {
  const error = truncatedFile('image data', 3_000_000, 1_000_000);
  expect(error).toBeInstanceOf(TiffError);
  expect(error.code).toBe('TRUNCATED_FILE');
  expect(error.message).toContain('2,000,000 bytes are missing');
});
