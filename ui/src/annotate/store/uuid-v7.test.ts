import { describe, expect, it } from 'vitest';
import { createUuidMaker, makeUuid, markUuids } from './uuid-v7.ts';

describe('createUuidMaker', () => {
  it('writes time, version and variant where RFC 9562 puts them', () => {
    const make = createUuidMaker(
      () => 0x017f22e279b0, // the example of RFC 9562, appendix A.6
      (bytes) => bytes.fill(0xff),
    );
    expect(make()).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-bfff-ffffffffffff$/);
  });

  it('makes ids that sort in the order they were made, also in one millisecond and when the clock goes back', () => {
    let time = 1000;
    const make = createUuidMaker(() => time);
    const made = Array.from({ length: 20_000 }, (_, i) => {
      if (i === 10_000) time = 900;
      return make();
    });
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });

  it('ends them in the mark of the project that is open, and only as long', () => {
    markUuids('0000002a');
    const marked = Array.from({ length: 1000 }, makeUuid);
    markUuids(undefined);
    expect(
      marked.every((uuid) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{4}0000002a$/.test(uuid)),
    ).toBe(true);
    expect([...marked].sort()).toEqual(marked);
    expect(new Set(marked).size).toBe(1000);
    expect(Array.from({ length: 10 }, makeUuid).some((uuid) => !uuid.endsWith('0000002a'))).toBe(true);
  });
});
