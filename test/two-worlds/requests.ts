import { setTimeout as delay } from 'node:timers/promises';
import type { EndpointSpec } from '@exact/sdk/contract';
import type { Draw } from './draw.ts';
import { schemaOf } from './draw.ts';
import { ENTRIES, type Entry } from './entries.ts';
import type { Random } from './random.ts';
import type { Theme } from './stories.ts';
import type { World } from './worlds.ts';

/** What of an endpoint has to be known to ask it. */
export interface AskedOperation {
  readonly fullPath: string;
  readonly spec: Pick<EndpointSpec, 'query' | 'body'> & { readonly method: string };
}

/** A route as the scripts ask it. */
export interface Route {
  readonly key: string;
  readonly operation: AskedOperation;
  readonly entry: Entry;
}

/** What has to be asked once: a route, one of its filters, one of the values that a filter or an order can have. */
interface Goal {
  readonly route: Route;
  readonly field?: string;
  readonly value?: unknown;
}

export interface Planned {
  readonly route: Route;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  /** Values of the parameters by name. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** Text of JSON and other texts. */
  readonly text: string | undefined;
}

export const keyOf = ({ spec, fullPath }: AskedOperation): string => `${spec.method} ${fullPath}`;

/** Chooses what is asked next: by weight, and each route with each of its filters and values in turn. */
export class Routes {
  readonly #weighted: Readonly<Record<Theme, Route[]>> = { plain: [], study: [], files: [] };
  readonly #goals: Goal[] = [];
  #deck: Goal[] = [];
  readonly asked = new Set<string>();

  constructor(operations: readonly AskedOperation[]) {
    for (const operation of operations) {
      const key = keyOf(operation);
      const entry = ENTRIES[key];
      if (!entry || entry.left !== undefined) continue;
      const route = { key, operation, entry };
      for (const [theme, routes] of Object.entries(this.#weighted))
        for (let n = 0; n < (entry.themes?.[theme as Theme] ?? entry.weight ?? 1); n++) routes.push(route);
      this.#goals.push({ route });
      for (const [field, schema] of Object.entries(schemaOf(operation.spec.query)?.properties ?? {})) {
        if (schema.enum) for (const value of schema.enum) this.#goals.push({ route, field, value });
        else this.#goals.push({ route, field });
      }
    }
  }

  get goals(): number {
    return this.#goals.length;
  }

  plan(draw: Draw, { isCrowd }: { readonly isCrowd: boolean }): Planned {
    const { random } = draw;
    if (isCrowd || random.chance(0.6)) return planOf({ route: random.of(this.#weighted[draw.theme]) }, draw);
    if (this.#deck.length === 0) this.#deck = shuffled(this.#goals, random);
    const goal = this.#deck.pop() as Goal;
    this.asked.add(`${goal.route.key} ${goal.field ?? ''} ${String(goal.value ?? '')}`);
    return planOf(goal, draw);
  }
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  return values
    .map((value) => [random.below(1_000_000), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);
}

function planOf({ route, field, value }: Goal, draw: Draw): Planned {
  const { operation, entry } = route;
  const { spec, fullPath } = operation;
  const params: Record<string, string> = {};
  let path =
    entry.path?.(draw) ?? fullPath.replaceAll(/:(\w+)/g, (_, name: string) => (params[name] = draw.param(name)));
  const query = draw.object(schemaOf(spec.query) ?? {}, field);
  if (field !== undefined && value !== undefined) query[field] = value;
  const pairs = Object.entries(query).map(([name, given]) => `${name}=${encodeURIComponent(String(given))}`);
  if (pairs.length > 0) path += `?${pairs.join('&')}`;
  const headers: Record<string, string> = { ...entry.headers?.(draw) };
  const etag = spec.method === 'GET' ? draw.etag() : undefined;
  if (etag) headers['if-none-match'] = etag;
  let body: Planned['body'];
  if (entry.raw) {
    const raw = entry.raw(draw);
    headers['content-type'] = raw.type;
    body = raw.bytes;
  } else if (spec.body) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(entry.body ? entry.body(draw) : draw.value(schemaOf(spec.body) ?? {}, 'body'));
  }
  return { route, method: spec.method, path, headers, body, params };
}

/** Sends a request to a world in somebody's name. `refs`: what stands for the names of things that the server has made. */
export async function send(
  { kernel }: World,
  cookie: string,
  planned: Planned,
  { requestId, refs }: { readonly requestId: string; readonly refs: ReadonlyMap<string, string> },
): Promise<Answer> {
  const named = (text: string): string => text.replaceAll(/own~\w+/g, (name) => refs.get(name) ?? name);
  const response = await fetch(kernel.url + named(planned.path), {
    method: planned.method,
    headers: { ...planned.headers, cookie, 'x-request-id': requestId },
    ...(planned.body === undefined
      ? {}
      : { body: typeof planned.body === 'string' ? named(planned.body) : (planned.body as BodyInit) }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const type = response.headers.get('content-type') ?? '';
  const text = /json|text|xml/.test(type) ? Buffer.from(bytes).toString() : undefined;
  return { status: response.status, headers: response.headers, bytes, text };
}

/** Waits until all jobs of a person have ended, so that all their times lie in the step that has begun them. */
export async function awaitJobs({ kernel }: World, userId: number): Promise<void> {
  for (let n = 0; n < 2000; n++) {
    const open = await kernel.platform.database.sql.query(
      `select from core.job where created_by = $1 and state in ('waiting', 'running') limit 1`,
      [userId],
    );
    if (open.length === 0) return;
    await delay(10);
  }
  throw new Error(`Jobs of user ${userId} do not end.`);
}
