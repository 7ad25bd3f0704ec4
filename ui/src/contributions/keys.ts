import { shallowRef } from 'vue';

/**
 * Keys as text: modifiers in the order Ctrl, Alt, Shift, then the key, joined by `+`: `Ctrl+Shift+Z`, `Space`, `ArrowLeft`,
 * `Delete`, `?`, `A`. Ctrl stands for Command on a Mac. Shift is not written for signs that need it (`?`, `+`), because where
 * they lie differs between keyboards. A key that is meant by its place, whatever is printed on it, is written with the name of
 * `KeyboardEvent.code` in angle brackets: `<Backquote>` is the key left of the 1 on every keyboard.
 */
export type KeyText = string;

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** What a pressed key is called. */
export function keyTextOf(event: Omit<Pressed, 'code'>): KeyText {
  return textOf(event, nameOf(event.key), event.shiftKey && !isSign(event.key));
}

/**
 * All names of a pressed key, the most fitting first: as it is written, by its place, and what it would be on a keyboard where
 * letters are Latin and digits need no Shift. So `A` works on a Russian keyboard, `1` on a French one, `[` where it needs AltGr,
 * `Alt+F` on a Mac, where it types "ƒ".
 */
export function keyTextsOf(event: Pressed): readonly KeyText[] {
  const names = [keyTextOf(event)];
  if (event.altKey && isSign(event.key)) names.push(nameOf(event.key));
  if (event.code !== '') names.push(textOf(event, `<${event.code}>`, event.shiftKey));
  const [, plain] = /^(?:Key|Digit)(\w)$/.exec(event.code) ?? [];
  if (plain !== undefined && !/^[a-z0-9]$/i.test(event.key)) names.push(textOf(event, plain, event.shiftKey));
  return [...new Set(names)];
}

/** The name to keep when a person presses the key that a command shall have; undefined for a modifier alone. */
export function recordedTextOf(event: Pressed): KeyText | undefined {
  if (/^(Shift|Control|Alt|AltGraph|Meta|OS|CapsLock|NumLock|Fn|Process|Unidentified)$/.test(event.key))
    return undefined;
  // an accent that waits for its letter has no name of its own
  return event.key === 'Dead' ? textOf(event, `<${event.code}>`, event.shiftKey) : keyTextOf(event);
}

/** Why a key cannot be given to a command. `browser`: it never reaches the page. `focus`: people without a mouse need it. */
export function refusalOf(keys: KeyText): 'browser' | 'focus' | 'escape' | undefined {
  if (KEPT_BY_BROWSERS.has(keys)) return 'browser';
  if (/^(Shift\+)?Tab$/.test(keys)) return 'focus';
  return keys === 'Escape' ? 'escape' : undefined;
}

/** Chromium and Firefox act on these before the page hears of them; closing the window is the system's. */
const KEPT_BY_BROWSERS: ReadonlySet<KeyText> = new Set([
  ...['N', 'T', 'W', 'Shift+N', 'Shift+T', 'Shift+W', 'Tab', 'Shift+Tab', 'PageUp', 'PageDown', 'Q', 'Shift+Q'].map(
    (key) => `Ctrl+${key}`,
  ),
  ...['F4', 'Tab', 'Shift+Tab'].map((key) => `Alt+${key}`),
  'F11',
]);

const isSign = (key: string): boolean => [...key].length === 1 && !/[\p{L}\p{N}\s]/u.test(key);

function textOf(event: Omit<Pressed, 'code' | 'key'>, key: string, hasShift: boolean): KeyText {
  return [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', hasShift ? 'Shift' : '', key]
    .filter((part) => part !== '')
    .join('+');
}

/** Whether a key needs no Ctrl and no Alt, so that it can be pressed by accident or by speech input (WCAG 2.2, 2.1.4). */
export const isSingleKey = (keys: KeyText): boolean => !/^(Ctrl|Alt)\+/.test(keys);

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
/** On the keyboards that most books show. */
const PLACES: Readonly<Record<string, string>> = {
  Backquote: '`',
  Minus: '-',
  Equal: '=',
  BracketLeft: '[',
  BracketRight: ']',
  Backslash: '\\',
  IntlBackslash: '<',
  Semicolon: ';',
  Quote: "'",
  Comma: ',',
  Period: '.',
  Slash: '/',
};

const printed = shallowRef<ReadonlyMap<string, string>>(new Map());

/** Learns what is printed on this keyboard, where the browser tells (Chromium): keys meant by their place are shown by it. */
export async function learnKeyboard(): Promise<void> {
  const { keyboard } = navigator as Navigator & {
    readonly keyboard?: { getLayoutMap?(): Promise<ReadonlyMap<string, string>> };
  };
  const layout = await keyboard?.getLayoutMap?.().catch(() => undefined); // not in frames
  if (layout) printed.value = layout;
}

function capOf(part: string, isMac: boolean): string {
  const [, code] = /^<(\w+)>$/.exec(part) ?? [];
  if (code !== undefined)
    return (printed.value.get(code) ?? PLACES[code] ?? code.replace(/^(Key|Digit)/, '')).toUpperCase();
  return part === 'Ctrl' && isMac ? '⌘' : (LABELS[part] ?? part);
}

/** The caps to draw for a key text, in order. */
export function keyCaps(keys: KeyText, isMac = /Mac|iPhone|iPad/.test(navigator.platform)): string[] {
  const parts = keys.endsWith('++') ? [...keys.slice(0, -2).split('+'), '+'] : keys === '+' ? ['+'] : keys.split('+');
  return parts.map((part) => capOf(part, isMac));
}
