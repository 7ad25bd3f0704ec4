/** Bits of `Shape.flags` that the layer or the store knows; the others are free. */
export const SHAPE_FLAGS = { verified: 1, locked: 2 } as const;

/**
 * Bit of `Shape.flags`: drawn and hit as a shape only while all shapes in view are loaded. Without it a shape is drawn at any
 * magnification: large ones, and those that somebody works on.
 */
export const PLAIN_FLAG = 128;
