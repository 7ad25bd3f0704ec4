import { randomUUID } from 'node:crypto';

/**
 * Makes the key of a new object: `<area>/<two hex digits>/<uuid>`. Random, so that it tells nothing about what is stored;
 * spread over 256 folders, so that none grows slow.
 */
export function newKey(area: 'images' | 'derived' | 'media'): string {
  const id = randomUUID();
  return `${area}/${id.slice(0, 2)}/${id}`;
}
