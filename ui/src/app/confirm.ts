import { shallowRef } from 'vue';

export interface Question {
  readonly title: string;
  /** What will happen, with counts. */
  readonly text: string;
  readonly action: string;
  readonly isDangerous?: boolean;
  /** Text that has to be typed before the action is possible. */
  readonly repeat?: string;
}

/** The question that is asked now, with the way to answer it. */
export const question = shallowRef<(Question & { readonly answer: (isYes: boolean) => void }) | undefined>();

/** Asks before something that cannot be undone. */
export function confirm(asked: Question): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      ...asked,
      answer(isYes) {
        question.value = undefined;
        resolve(isYes);
      },
    };
  });
}
