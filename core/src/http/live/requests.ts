import type { LiveRequest } from '@exact/sdk/contract';

const MAX_PROJECTS = 1000;
const MAX_ID = 2_147_483_647;

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
  if (type === 'ping') return { type };
  if (type !== 'watch' || !Array.isArray(projects) || projects.length > MAX_PROJECTS) return undefined;
  if (!projects.every(isId) || (cursor !== undefined && typeof cursor !== 'string')) return undefined;
  return { type, projects: [...new Set(projects)], ...(cursor === undefined ? {} : { cursor }) };
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_ID;
}
