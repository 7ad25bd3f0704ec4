/**
 * Keys as text: modifiers in the order Ctrl, Alt, Shift, then the key, joined by `+`: `Ctrl+Shift+Z`, `Space`, `ArrowLeft`,
 * `Delete`, `?`, `A`. Ctrl stands for Command on a Mac. Shift is not written for signs that need it (`?`, `+`), because where
 * they lie differs between keyboards.
 */
export type KeyText = string;

/** What a pressed key is called. */
export function keyTextOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): KeyText {
  const key = nameOf(event.key);
  const isSign = [...event.key].length === 1 && !/[\p{L}\p{N}\s]/u.test(event.key);
  return [
    event.ctrlKey || event.metaKey ? 'Ctrl' : '',
    event.altKey ? 'Alt' : '',
    event.shiftKey && !isSign ? 'Shift' : '',
    key,
  ]
    .filter((part) => part !== '')
    .join('+');
}

/** Brings what people write in manifests (`ctrl+shift+z`, `cmd+k`, `esc`) into the one form. */
export function normaliseKeys(text: string): KeyText {
  const parts =
    text === '+'
      ? ['+']
      : text
          .replace(/\+\+$/, '+Plus')
          .split('+')
          .map((part) => part.trim());
  const key = nameOf(ALIASES[parts.at(-1)?.toLowerCase() ?? ''] ?? parts.at(-1) ?? '');
  const held = new Set(parts.slice(0, -1).map((part) => part.toLowerCase()));
  return [
    ['ctrl', 'control', 'cmd', 'meta', 'mod'].some((name) => held.has(name)) ? 'Ctrl' : '',
    ['alt', 'option'].some((name) => held.has(name)) ? 'Alt' : '',
    held.has('shift') ? 'Shift' : '',
    key,
  ]
    .filter((part) => part !== '')
    .join('+');
}

const NAMES = [
  'Home',
  'End',
  'PageUp',
  'PageDown',
  'Enter',
  'Tab',
  'Escape',
  'Delete',
  'Insert',
  'Backspace',
  'ArrowLeft',
  'ArrowRight',
  'ArrowUp',
  'ArrowDown',
];

const ALIASES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(NAMES.map((name) => [name.toLowerCase(), name])),
  esc: 'Escape',
  del: 'Delete',
  ins: 'Insert',
  return: 'Enter',
  left: 'ArrowLeft',
  right: 'ArrowRight',
  up: 'ArrowUp',
  down: 'ArrowDown',
  plus: '+',
  space: 'Space',
};

function nameOf(key: string): string {
  if (key === ' ' || key === 'Spacebar') return 'Space';
  return [...key].length === 1 ? key.toUpperCase() : key;
}

const LABELS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Delete: 'Del',
  PageUp: 'Page ↑',
  PageDown: 'Page ↓',
};

/** The caps to draw for a key text, in order. */
export function keyCaps(keys: KeyText, isMac = /Mac|iPhone|iPad/.test(navigator.platform)): string[] {
  const parts = keys.endsWith('++') ? [...keys.slice(0, -2).split('+'), '+'] : keys === '+' ? ['+'] : keys.split('+');
  return parts.map((part) => (part === 'Ctrl' && isMac ? '⌘' : (LABELS[part] ?? part)));
}
