import { getCurrentInstance } from 'vue';

export type Words = (key: string, values?: Record<string, unknown>) => string;

/** The plugin's words outside of templates. */
export function useWords(): Words {
  const t = getCurrentInstance()?.appContext.config.globalProperties['$t'] as Words | undefined;
  return (key, values = {}) => t?.(`cell-scores.${key}`, values) ?? key;
}
