/** How a picture lies in its frame: `scale` CSS pixels for one of its own, its middle `x`, `y` CSS pixels beside that of the frame. */
export interface Placement {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Eight screen pixels for one: enough to count them. */
const LARGEST = 8;

/** As a whole, and never larger than it is. */
export const fitting = (picture: Size, frame: Size): Placement => ({
  scale: Math.min(1, frame.width / picture.width, frame.height / picture.height) || 1,
  x: 0,
  y: 0,
});

/**
 * Enlarges about a place of the frame, which stays where it is.
 *
 * @param at - CSS pixels from the middle of the frame
 */
export function enlarged(
  now: Placement,
  factor: number,
  at: { x: number; y: number },
  picture: Size,
  frame: Size,
): Placement {
  const smallest = Math.min(1, fitting(picture, frame).scale);
  const scale = Math.min(LARGEST, Math.max(smallest, now.scale * factor));
  const k = scale / now.scale;
  return within({ scale, x: at.x - (at.x - now.x) * k, y: at.y - (at.y - now.y) * k }, picture, frame);
}

/** Moved so that no more than its borders can be seen: a picture that is smaller than the frame stays in its middle. */
export function within({ scale, x, y }: Placement, picture: Size, frame: Size): Placement {
  const room = (size: number, of: number): number => Math.max(0, (size * scale - of) / 2);
  const [roomX, roomY] = [room(picture.width, frame.width), room(picture.height, frame.height)];
  const clamp = (value: number, limit: number): number => Math.min(limit, Math.max(-limit, value)) + 0;
  return { scale, x: clamp(x, roomX), y: clamp(y, roomY) };
}
