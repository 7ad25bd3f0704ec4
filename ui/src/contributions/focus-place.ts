import type { FocusPlace } from './shortcut-registry.ts';

const NO_TEXT = new Set(['checkbox', 'radio', 'range', 'button', 'submit', 'reset', 'color', 'file', 'image']);

/** What kind of place has the focus, so that keys do not take away what a control needs itself. */
export function placeOf(target: EventTarget | null): FocusPlace {
  const element = target instanceof Element ? target : undefined;
  return {
    isInDialog: element?.closest('[role=dialog], [aria-modal=true]') != null,
    isText: element !== undefined && isText(element),
    owns: (keys) => element !== undefined && ownedBy(element).has(keys),
  };
}

function isText(element: Element): boolean {
  if (element instanceof HTMLInputElement) return !NO_TEXT.has(element.type);
  return (
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement ||
    (element instanceof HTMLElement && element.isContentEditable)
  );
}

const NONE: ReadonlySet<string> = new Set();
const PRESSED: ReadonlySet<string> = new Set(['Enter', 'Space']);
const MOVED: ReadonlySet<string> = new Set([
  ...[
    'Enter',
    'Space',
    'Escape',
    'ArrowLeft',
    'ArrowRight',
    'ArrowUp',
    'ArrowDown',
    'Home',
    'End',
    'PageUp',
    'PageDown',
  ],
]);

function ownedBy(element: Element): ReadonlySet<string> {
  if (
    element.closest(
      '[role=slider], [role=tab], [role=menu], [role=listbox], [role=radio], [role=combobox], input[type=range], input[type=radio], select',
    )
  )
    return MOVED;
  if (
    element.closest(
      'button, a[href], summary, [role=button], [role=switch], [role=checkbox], [role=menuitem], input[type=checkbox]',
    )
  )
    return PRESSED;
  return NONE;
}
