import { ref, type Ref } from 'vue';
import { notify } from './notices.ts';
import { report } from './problems.ts';

/**
 * Runs something that a person has asked for: busy while it runs, told when it is done, reported when it fails.
 *
 * @returns `run` gives true when it went well
 */
export function useAction(): {
  readonly isBusy: Readonly<Ref<boolean>>;
  run(work: () => Promise<unknown>, words?: { done?: string; failed?: string }): Promise<boolean>;
} {
  const isBusy = ref(false);
  return {
    isBusy,
    async run(work, words = {}) {
      isBusy.value = true;
      try {
        await work();
        if (words.done) notify(words.done);
        return true;
      } catch (error) {
        report(error, words.failed);
        return false;
      } finally {
        isBusy.value = false;
      }
    },
  };
}
