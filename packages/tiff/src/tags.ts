/** TIFF tags that this package reads. TIFF 6.0, TIFF technical notes 1 and 2, OME-TIFF 6, and the NDPI description of OpenSlide. */
export const TAG = {
  newSubfileType: 254,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  imageDescription: 270,
  make: 271,
  model: 272,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planarConfiguration: 284,
  resolutionUnit: 296,
  software: 305,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subIfds: 330,
  extraSamples: 338,
  sampleFormat: 339,
  sMinSampleValue: 340,
  sMaxSampleValue: 341,
  jpegTables: 347,
  yCbCrSubSampling: 530,
  ndpiFormat: 65420,
  ndpiLens: 65421,
  ndpiFocalPlane: 65424,
  ndpiRestarts: 65426,
  ndpiRestartsHigh: 65432,
} as const;

/** Values of the compression tag. */
export const COMPRESSION = {
  none: 1,
  lzw: 5,
  oldJpeg: 6,
  jpeg: 7,
  deflate: 8,
  packbits: 32773,
  oldDeflate: 32946,
  jp2kYcc: 33003,
  jp2kLossy: 33004,
  jp2kRgb: 33005,
  jp2k: 34712,
  zstd: 50000,
  webp: 50001,
} as const;

/** Values of the photometric tag. */
export const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, yCbCr: 6 } as const;

/** Bytes of one value of each field type; types that are not here are skipped, as TIFF 6.0 asks for. */
export const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
};
