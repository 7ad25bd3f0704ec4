import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdSlots, uuidWords } from './id-slots.ts';

/** Few of them, so that they come again, and such as differ in their last or first digits only: they must not meet in one place. */
const uuid = fc.oneof(
  fc.nat(40).map((n) => `00000000-0000-4000-8000-0000000000${String(n + 10).padStart(2, '0')}`),
  fc.nat(9).map((n) => `${n}0000000-0000-4000-8000-000000000000`),
  fc.uuid(),
);
const id = fc.oneof(uuid, fc.constantFrom('box', 'ring', '', '00000000-0000-4000-8000-00000000000A'));

describe('IdSlots', () => {
  it('knows what a map knows after any series of changes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.boolean()), { maxLength: 300, size: 'max' }), (changes) => {
        const ids = new IdSlots();
        const model = new Map<string, number>();
        const free: number[] = [];
        let used = 0;
        for (const [text, isAdded] of changes) {
          const slot = model.get(text);
          if (isAdded && slot === undefined) {
            const next = free.pop() ?? used++;
            ids.set(text, next);
            model.set(text, next);
          } else if (!isAdded && slot !== undefined) {
            ids.free(slot);
            model.delete(text);
            free.push(slot);
          }
          expect(ids.slotOf(text)).toBe(model.get(text));
        }
        for (const [text, slot] of model) {
          expect(ids.slotOf(text)).toBe(slot);
          expect(ids.idOf(slot)).toBe(text);
        }
      }),
      { seed: 27 },
    );
  });

  it('takes UUIDs as bytes and finds them as text, and the other way round', () => {
    const ids = new IdSlots();
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
    ids.reserve(2, 2);
    expect(ids.slotFor(uuidWords(bytes), 4, 1)).toBe(1);
    expect(ids.slotFor(uuidWords(bytes), 4, 0)).toBe(1);
    ids.set('00010203-0405-0607-0809-0a0b0c0d0e0f', 0);
    expect(ids.slotOf('10111213-1415-1617-1819-1a1b1c1d1e1f')).toBe(1);
    expect(ids.slotOfWords(uuidWords(bytes), 0)).toBe(0);
    expect(ids.slotOf('10111213-1415-1617-1819-1a1b1c1d1e1e')).toBeUndefined();
  });
});
