import { createHash } from 'node:crypto';

/** One of the reader's own steps, in milliseconds since 1970. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/gi;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const CURSOR = /"cursor":"(\d+)"/g;
/** Tells of the connection and of the moment, which are each answer's own. */
const SKIPPED_HEADERS = new Set(['date', 'connection', 'keep-alive']);
const TICK_US = 1_000_000;

/**
 * Rewrites what one world tells so that it can be compared with what the other one tells, and nothing that tells of others is lost:
 * ids made by the server become numbers in the order in which the reader sees them, times become the reader's own step in which they
 * fall. A time in no step of theirs stays recognisable as one that somebody else has made.
 */
export class Canonical {
  readonly #names = new Map<string, string>();
  readonly #numbers = new Map<string, string>();
  readonly #windows: Window[] = [];
  /** Texts that the script brings: equal in both worlds. */
  readonly #literals: Set<string>;
  readonly #since: { readonly bootedAt: number; readonly begunAt: number };

  constructor(literals: Set<string>, since: { readonly bootedAt: number; readonly begunAt: number }) {
    this.#literals = literals;
    this.#since = since;
  }

  addWindow(window: Window): void {
    this.#windows.push(window);
  }

  #name(kind: string, value: string): string {
    const known = this.#names.get(value) ?? `${kind}#${this.#names.size}`;
    this.#names.set(value, known);
    return known;
  }

  #time(text: string): string {
    const at = Date.parse(text);
    if (this.#literals.has(text) || at < this.#since.bootedAt) return text;
    if (at < this.#since.begunAt) return '<before>'; // the worlds were made one after the other
    const own = this.#windows.findIndex(({ from, to }) => at >= from && at <= to);
    if (own >= 0) return `<step ${own}>`;
    return `<after step ${this.#windows.findLastIndex(({ to }) => at > to)}>`;
  }

  /** Full seconds tell the time only; anything else is the place of an event. */
  cursor(value: string): string {
    const isTick = Number(value) % TICK_US === 0;
    return this.#literals.has(value) ? value : isTick ? '<tick>' : `<place ${value}>`;
  }

  text(text: string): string {
    return text
      .replaceAll(/\/media\/[0-9a-z]+-[\w-]{43}\//g, '/media/<mac>/')
      .replaceAll(/"urlExpiresAt":"[^"]*"/g, '"urlExpiresAt":"<later>"')
      .replaceAll(/"(secret|prefix)":"[^"]*"/g, '"$1":"<secret>"')
      .replaceAll(/"next":"([\w-]{60,})"/g, (_, value: string) => `"next":"${this.#name('next', value)}"`)
      .replaceAll(UUID, (uuid) => (this.#literals.has(uuid.toLowerCase()) ? uuid : this.#name('uuid', uuid)))
      .replaceAll(TIME, (time) => this.#time(time))
      .replaceAll(CURSOR, (_, value: string) => `"cursor":"${this.cursor(value)}"`);
  }

  /** Jobs go on while they are told of: how far they are is chance, that they are and whose is not. */
  jobs(text: string): string {
    return text
      .replaceAll(/"state":"(waiting|running)","progress":[\d.e-]+/g, '"state":"<open>"')
      .replaceAll(/"step":"[^"]*"/g, '"step":"<some step>"') // what was told last is stored, or not any more
      .replaceAll(/"(startedAt|endedAt)":(null|"[^"]*")/g, '"$1":"<some time>"');
  }

  /** Ids of sessions and tokens are numbers of the database. */
  ids(text: string): string {
    return text.replaceAll(/"id":(\d+)/g, (_, value: string) => {
      const known = this.#numbers.get(value) ?? `id#${this.#numbers.size}`;
      this.#numbers.set(value, known);
      return `"id":"${known}"`;
    });
  }

  /** Something that has just begun: how far it was when its state was read is chance, what became of it is asked for later. */
  begun(text: string): string {
    if (!text.includes('"progress":')) return text;
    const {
      state: _,
      progress: __,
      problem: ___,
      inventory: ____,
      dryRun: _____,
      outcomes: ______,
      ...rest
    } = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify(rest);
  }

  /** Measured by the server's clock. */
  active(text: string): string {
    return text.replaceAll(/"activeMs":\d+/g, '"activeMs":"<some ms>"');
  }

  headers(headers: Headers, masks: readonly string[]): string {
    const lines: string[] = [];
    headers.forEach((value, name) => {
      if (SKIPPED_HEADERS.has(name) || (masks.length > 0 && name === 'content-length')) return;
      if (name === 'exact-cursor') return void lines.push(`${name}: ${this.cursor(value)}`);
      const told = masks.includes('age') ? value.replace(/max-age=\d+/, 'max-age=<what is left>') : value;
      lines.push(`${name}: ${this.text(told)}`);
    });
    return lines.sort().join('\n');
  }
}

export function digest(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex').slice(0, 24)}`;
}
