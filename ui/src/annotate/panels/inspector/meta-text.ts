import { ATTRIBUTES_KEY } from '@exact/sdk/contract';
import { translate } from '../../../i18n/index.ts';

type Meta = Readonly<Record<string, unknown>>;

/** As the server does; `core/src/annotations/check-content.ts` says more about each. */
const MAX_BYTES = 64 * 1024;

/** Meta data as people edit them. Attributes of the class have a form of their own and are left out where there is one. */
export function metaText(meta: Meta, hasAttributes: boolean): string {
  const shown = Object.entries(meta).filter(([key]) => !hasAttributes || key !== ATTRIBUTES_KEY);
  return shown.length === 0 ? '' : JSON.stringify(Object.fromEntries(shown), null, 2);
}

/**
 * Reads what was typed.
 *
 * @param before - meta data that are there: their attributes are kept where a form edits them
 * @returns the new meta data, or a sentence that says what is wrong
 */
export function readMetaText(text: string, before: Meta, hasAttributes: boolean): { meta: Meta } | { error: string } {
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    return { error: describe(text, error) };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { error: translate('annotate.metaObject') };
  const typed = value as Meta;
  if (hasAttributes && Object.hasOwn(typed, ATTRIBUTES_KEY))
    return { error: translate('annotate.metaAttributes', { key: ATTRIBUTES_KEY }) };
  const kept =
    hasAttributes && before[ATTRIBUTES_KEY] !== undefined ? { [ATTRIBUTES_KEY]: before[ATTRIBUTES_KEY] } : {};
  const meta = { ...typed, ...kept };
  const bytes = new TextEncoder().encode(JSON.stringify(meta)).length;
  return bytes > MAX_BYTES ? { error: translate('annotate.metaTooLarge', { kb: Math.ceil(bytes / 1024) }) } : { meta };
}

/** Says where the text stops to be JSON; browsers give the place in different forms or not at all. */
function describe(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/line \d+/.test(message)) return message;
  const at = /position (\d+)/.exec(message)?.[1];
  if (at === undefined) return message;
  const before = text.slice(0, Number(at)).split('\n');
  return translate('annotate.metaAt', { message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
}
