import { TiffError } from './error.ts';
import type { TiffImage } from './image.ts';
import { checkChunkLength } from './image.ts';
import { JpegTiles } from './jpeg-tiles.ts';
import {
  concatBytes,
  findSegment,
  frameWithSize,
  MARKER,
  readFrame,
  readJpegHeader,
  readRestartInterval,
  restartIntervalSegment,
} from './jpeg-segments.ts';
import type { JpegHeader } from './jpeg-segments.ts';

/**
 * Gives a small stripped JPEG image (label, macro, thumbnail) as one JPEG file, without decoding: each strip is a picture
 * of whole rows of coded units, so the strips become the restart intervals of one picture.
 *
 * @returns the file; nothing when the image stores nothing
 * @throws TiffError `UNSUPPORTED_LAYOUT` when the strips do not fit together, `UNREADABLE_TILE`, `IMAGE_TOO_LARGE`
 */
export async function joinJpegStrips(image: TiffImage, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  const tiles = await JpegTiles.of(image);
  const first = await tiles.read(0, 0, signal);
  if (first === undefined || image.rows === 1) return first;
  const header = readJpegHeader(first);
  const frame = readFrame(first, header);
  const sof = header.segments.find(({ marker }) => marker >= MARKER.sof0 && marker <= MARKER.sof1);
  const sos = findSegment(header, MARKER.sos);
  const unfit = new TiffError(
    'UNSUPPORTED_LAYOUT',
    `The strips of the ${image.width} × ${image.height} picture cannot be put together.`,
  );
  if (
    frame === undefined ||
    sof === undefined ||
    sos === undefined ||
    image.tileHeight % frame.mcuHeight !== 0 ||
    image.width > 65535 ||
    image.height > 65535
  )
    throw unfit;
  const interval = Math.ceil(image.width / frame.mcuWidth) * (image.tileHeight / frame.mcuHeight);
  if (interval > 65535) throw unfit;

  const pieces: Uint8Array[] = [
    first.subarray(0, sof.start),
    frameWithSize(first, sof, image.width, image.height),
    first.subarray(sof.end, sos.start),
    restartIntervalSegment(interval),
    first.subarray(sos.start, sos.end),
  ];
  const common = headerWithoutSize(first, header);
  let bytes = 0;
  for (let row = 0; row < image.rows; row++) {
    const strip = row === 0 ? first : await tiles.read(0, row, signal);
    if (strip === undefined) throw unfit;
    const its = readJpegHeader(strip);
    if (
      its.dataStart === undefined ||
      readRestartInterval(strip, its) !== 0 ||
      Buffer.compare(headerWithoutSize(strip, its), common) !== 0
    )
      throw unfit;
    const eoi = strip.lastIndexOf(MARKER.eoi);
    const end = eoi > its.dataStart && strip[eoi - 1] === 0xff ? eoi - 1 : strip.length;
    const isLast = row === image.rows - 1;
    pieces.push(strip.subarray(its.dataStart, end), Uint8Array.of(0xff, isLast ? MARKER.eoi : MARKER.rst0 + (row & 7)));
    bytes = checkChunkLength(bytes + end - its.dataStart);
  }
  return concatBytes(pieces);
}

/** Everything that the scans must have in common. */
function headerWithoutSize(bytes: Uint8Array, header: JpegHeader): Uint8Array {
  return concatBytes(
    header.segments.map((segment) =>
      segment.marker >= MARKER.sof0 && segment.marker <= MARKER.sof2
        ? frameWithSize(bytes, segment, 0, 0)
        : bytes.subarray(segment.start, segment.end),
    ),
  );
}
