import { getCurrentInstance } from 'vue';

type Translate = (key: string, values?: Readonly<Record<string, unknown>>) => string;

/** The `$t` of templates, for words that are made in code. */
export function useI18nText(): Translate {
  const globals = getCurrentInstance()?.appContext.config.globalProperties as { $t?: Translate } | undefined;
  return (key, values) => globals?.$t?.(key, values ?? {}) ?? key;
}
