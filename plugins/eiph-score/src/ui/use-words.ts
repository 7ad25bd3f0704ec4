import { getCurrentInstance } from 'vue';

/** The plugin's words outside of templates. */
export function useWords(): (key: string, values?: Record<string, unknown>) => string {
  const t = getCurrentInstance()?.appContext.config.globalProperties['$t'] as
    ((key: string, values?: Record<string, unknown>) => string) | undefined;
  return (key, values = {}) => t?.(`eiph-score.${key}`, values) ?? key;
}
