import { createI18n } from 'vue-i18n';

/**
 * Words of each part of the shell: `<part>/messages/<language>.json` is reached as `$t('<part>.…')`. Messages are compiled to
 * a syntax tree and interpreted, never to code: the page's policy allows no `eval`.
 */
const files = import.meta.glob<Record<string, unknown>>('../*/messages/*.json', { eager: true, import: 'default' });

function collect(): Record<string, Record<string, unknown>> {
  const messages: Record<string, Record<string, unknown>> = {};
  for (const [path, words] of Object.entries(files)) {
    const [, part, language] = /^\.\.\/([^/]+)\/messages\/([^/]+)\.json$/.exec(path) ?? [];
    if (part !== undefined && language !== undefined) (messages[language] ??= {})[camelCase(part)] = words;
  }
  return messages;
}

const camelCase = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
  messages: collect() as Record<string, never>,
});

/** Adds a plugin's words below its id. */
export function addMessages(
  pluginId: string,
  messages: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): void {
  for (const [language, words] of Object.entries(messages))
    i18n.global.mergeLocaleMessage(language, { [pluginId]: words });
}

/** The types of vue-i18n follow each key through all messages, which TypeScript gives up on. */
const plain = i18n.global as unknown as {
  t(key: string, values: Record<string, unknown>): string;
  te(key: string): boolean;
};

/** The same as `$t`, outside of components. */
export const translate = (key: string, values: Record<string, unknown> = {}): string => plain.t(key, values);
export const hasWords = (key: string): boolean => plain.te(key);
