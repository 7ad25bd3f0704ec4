import type { LiveRequest, PresenceView } from '@exact/sdk/contract';

const MAX_PROJECTS = 1000;
const MAX_ID = 2_147_483_647;
const MAX_PRESENCE_CHARACTERS = 1000;
/** Level-0 pixels: far outside of any image. */
const MAX_LENGTH = 1e8;

/** Reads what a client sent; nothing when it is no request of the protocol. Never throws. */
export function readRequest(text: string): LiveRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, projects, cursor } = value as Readonly<Record<string, unknown>>;
  if (type === 'ping' || type === 'absent') return { type };
  if (type === 'presence') return text.length > MAX_PRESENCE_CHARACTERS ? undefined : readPresence(value);
  if (type !== 'watch' || !Array.isArray(projects) || projects.length > MAX_PROJECTS) return undefined;
  if (!projects.every(isId) || (cursor !== undefined && typeof cursor !== 'string')) return undefined;
  return { type, projects: [...new Set(projects)], ...(cursor === undefined ? {} : { cursor }) };
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_ID;
}

/** @returns nothing when it is no place on an image; what does not belong to one is left out */
export function readPresence(value: object): Extract<LiveRequest, { type: 'presence' }> | undefined {
  const { projectId, imageId, view, tool } = value as Readonly<Record<string, unknown>>;
  if (!isId(projectId) || !isId(imageId)) return undefined;
  const seen = view === undefined ? undefined : readView(view);
  if (view !== undefined && !seen) return undefined;
  if (tool !== undefined && !(typeof tool === 'string' && /^[a-z-]{1,32}$/.test(tool))) return undefined;
  return { type: 'presence', projectId, imageId, ...(seen ? { view: seen } : {}), ...(tool ? { tool } : {}) };
}

function readView(value: unknown): PresenceView | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { x, y, width, height, rotation } = value as Readonly<Record<string, unknown>>;
  const isLength = (length: unknown): length is number => typeof length === 'number' && Math.abs(length) <= MAX_LENGTH;
  if (![x, y, width, height, rotation].every(isLength)) return undefined;
  const view = { x, y, width, height, rotation } as PresenceView;
  return view.width > 0 && view.height > 0 ? view : undefined;
}
