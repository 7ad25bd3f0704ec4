import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActiveTime, credibleTime } from './active-time.ts';

describe('active time', () => {
  it('runs from a sign to the idle limit after it, counted once', () => {
    const time = createActiveTime(30_000);
    time.sign(1000);
    time.sign(11_000);
    expect(time.take(21_000)).toBe(20_000);
    expect(time.take(100_000)).toBe(20_000);
    expect(time.take(200_000)).toBe(0);
    time.sign(300_000);
    time.pause(305_000);
    expect(time.take(310_000)).toBe(5000);
  });

  it('is the length of the union of all stretches, however often it is asked', () => {
    const step = fc.record({ after: fc.nat(50_000), isSign: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 60_000 }), (steps, idle) => {
        const time = createActiveTime(idle);
        let now = 0;
        let taken = 0;
        const active = new Set<number>();
        for (const { after, isSign } of steps.map((s) => ({ ...s, after: Math.ceil(s.after / 100) * 100 }))) {
          now += after;
          if (!isSign) taken += time.take(now);
          else {
            time.sign(now);
            active.add(now);
          }
        }
        taken += time.take(now);
        const signs = [...active].sort((a, b) => a - b);
        const expected = signs.reduce((sum, at, i) => sum + Math.min(idle, (signs[i + 1] ?? now) - at), 0);
        expect(taken).toBe(expected);
        expect(taken).toBeLessThanOrEqual(now);
      }),
    );
  });

  it('is believed as far as the clock of the server allows', () => {
    expect(credibleTime(5000, 6000, 60_000)).toBe(5000);
    expect(credibleTime(5000, 2000, 60_000)).toBe(2000);
    expect(credibleTime(500_000, 400_000, 60_000)).toBe(60_000);
    expect(credibleTime(-5, 1000, 60_000)).toBe(0);
  });
});
