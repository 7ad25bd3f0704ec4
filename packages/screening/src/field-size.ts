import { ScreeningError } from './error.ts';

/** Micrometres for one pixel of the view at 1×: 10× shows 1 µm a pixel, 40× shows 0.25 µm. */
const UM_PER_PIXEL_AT_1X = 10;

/** How a reader chooses the size of fields; `view` is what the window shows, in CSS pixels. */
export type FieldChoice =
  | { readonly by: 'magnification'; readonly magnification: number }
  | { readonly by: 'um'; readonly width: number; readonly height: number }
  | { readonly by: 'px'; readonly width: number; readonly height: number };

export interface ViewSize {
  readonly width: number;
  readonly height: number;
}

/** Micrometres for one level-0 pixel; absent where the image does not say. */
export interface Scale {
  readonly mppX?: number | undefined;
  readonly mppY?: number | undefined;
}

export interface FieldSize {
  /** Whole level-0 pixels. */
  readonly width: number;
  readonly height: number;
  /** Scale at which fields are to be looked at: level-0 pixels for one CSS pixel. */
  readonly downsample: number;
}

/**
 * Works out how large fields are, and at which scale they are looked at. By magnification, a field is what the view shows at it
 * (D4: view pixels × downsample). By size, the scale is the one at which a field just fits into the view, but never finer than the stored
 * pixels: nobody has to enlarge them.
 *
 * @throws {@link ScreeningError} `SCALE_UNKNOWN` where µm or a magnification are asked of an image without a scale; `FIELD_SIZE`
 */
export function fieldSizeOf(choice: FieldChoice, view: ViewSize, { mppX, mppY }: Scale): FieldSize {
  requirePositive('width of the view', view.width);
  requirePositive('height of the view', view.height);
  if (choice.by === 'px') return fitting(choice.width, choice.height, view);
  if (!isPositive(mppX) || !isPositive(mppY))
    throw new ScreeningError(
      'SCALE_UNKNOWN',
      `The image does not say how large its pixels are, so fields cannot be planned by ${choice.by === 'um' ? 'micrometres' : 'magnification'}. Calibrate the image, or give the size of fields in pixels.`,
    );
  if (choice.by === 'um') return fitting(choice.width / mppX, choice.height / mppY, view);
  requirePositive('magnification', choice.magnification);
  const downsample = UM_PER_PIXEL_AT_1X / (choice.magnification * ((mppX + mppY) / 2));
  return { width: whole(view.width * downsample), height: whole(view.height * downsample), downsample };
}

function fitting(width: number, height: number, view: ViewSize): FieldSize {
  requirePositive('width of a field', width);
  requirePositive('height of a field', height);
  const size = { width: whole(width), height: whole(height) };
  return { ...size, downsample: Math.max(1, size.width / view.width, size.height / view.height) };
}

const whole = (length: number): number => Math.max(1, Math.round(length));
const isPositive = (value: number | undefined): value is number => value !== undefined && value > 0 && value < Infinity;

function requirePositive(name: string, value: number): void {
  if (!isPositive(value)) throw new ScreeningError('FIELD_SIZE', `The ${name} is ${value}; it must be above 0.`);
}
