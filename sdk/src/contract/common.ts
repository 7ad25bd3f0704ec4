import { z } from 'zod';

// In the browser the page's policy forbids making code from text; zod would try whether it may, and each try is a violation.
if ('document' in globalThis) z.config({ jitless: true });

/** Database ids are positive 32-bit integers; in paths and queries they arrive as text. */
export const Id = z.coerce.number().int().positive().max(2_147_483_647);
export const Uuid = z.uuid();
export const Timestamp = z.iso.datetime({ offset: true });

/** One line of text that people read: 1–200 characters, no control characters. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters');
export const Description = z.string().max(10_000);
export const Tag = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc},]+$/u, 'must not hold commas or control characters');
export const Colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour like #0072B2');

/** A comma-separated list in a query: `?ids=1,2,3`. */
export const listOf = <S extends z.ZodType>(item: S, max = 1000) =>
  z
    .string()
    .transform((text): unknown => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(item).max(max) as z.ZodType<z.output<S>[], unknown>);

/** Cursor paging: pass `next` of one page as `cursor` of the following one. */
export const PageQuery = {
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
};
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({ items: z.array(item), next: z.string().optional().describe('absent on the last page') });

/** JSON that people or programs attach to things: at most 64 KiB, 32 levels deep. */
export const JsonObject = z.record(z.string().max(200), z.json());
