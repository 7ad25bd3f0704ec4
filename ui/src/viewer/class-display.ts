import type { Template } from '@exact/sdk/contract';
import { choices } from './choices.ts';

/** How one person sees the classes: shown, hidden, locked against slips. */
export const isClassVisible = (id: number): boolean => !choices.hiddenTemplates.includes(id);
export const isClassLocked = (id: number): boolean => choices.lockedTemplates.includes(id);

const toggled = (list: readonly number[], id: number): number[] =>
  list.includes(id) ? list.filter((other) => other !== id) : [...list, id];

export const toggleClass = (id: number): void => void (choices.hiddenTemplates = toggled(choices.hiddenTemplates, id));
export const toggleClassLock = (id: number): void =>
  void (choices.lockedTemplates = toggled(choices.lockedTemplates, id));

/** Hides all other classes of the project; once more shows them again. */
export function showOnlyClass(templates: readonly Template[], id: number): void {
  const others = templates.map((item) => item.id).filter((other) => other !== id);
  const elsewhere = choices.hiddenTemplates.filter((hidden) => !templates.some((item) => item.id === hidden));
  choices.hiddenTemplates = isOnly(templates, id) ? elsewhere : [...elsewhere, ...others];
}

/** Whether a class is the only one that is shown. */
export const isOnly = (templates: readonly Template[], id: number): boolean =>
  templates.length > 1 && templates.every((item) => isClassVisible(item.id) === (item.id === id));

export const showAllClasses = (): void => void (choices.hiddenTemplates = []);
