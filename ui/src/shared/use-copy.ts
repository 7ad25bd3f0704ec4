import { notify } from '../app/notices.ts';
import { report } from '../app/problems.ts';
import { translate } from '../i18n/index.ts';

/** Puts a text on the clipboard and says so. */
export function useCopy(): (text: string) => Promise<void> {
  return async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      notify(translate('app.copied'));
    } catch (error) {
      report(error);
    }
  };
}
