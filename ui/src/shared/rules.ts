import { translate } from '../i18n/index.ts';

type Rule = (value: unknown) => true | string;

/** Rules of form fields; the server checks the same and more. */
export const required: Rule = (value) =>
  (typeof value === 'string' ? value.trim() !== '' : value != null) || translate('app.required');

export const atLeast =
  (length: number): Rule =>
  (value) =>
    String(value ?? '').length >= length || translate('auth.passwordHint', { length });
