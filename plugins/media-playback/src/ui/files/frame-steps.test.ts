import { describe, expect, it } from 'vitest';
import { createFrameSteps } from './frame-steps.ts';

type Callback = (now: number, metadata: { mediaTime: number }) => void;

/** A film of so many pictures a second, ten seconds long. What is sought is shown with the next `present`. */
function film(rate: number) {
  let timeS = 0;
  let callback: Callback | undefined;
  const video = {
    paused: true,
    duration: 10,
    pause: () => (video.paused = true),
    get currentTime() {
      return timeS;
    },
    set currentTime(to: number) {
      timeS = to;
    },
    requestVideoFrameCallback: (next: Callback) => ((callback = next), 1),
    cancelVideoFrameCallback: () => (callback = undefined),
  };
  const shown = (): number => Math.floor(timeS * rate + 1e-9);
  return {
    video: video as unknown as HTMLVideoElement,
    shown,
    /** Until the steps ask for nothing new. */
    present() {
      for (let i = 0; i < 5; i += 1) callback?.(0, { mediaTime: shown() / rate });
      return shown();
    },
    play(pictures: number, leavesOut = 0) {
      video.paused = false;
      for (let i = 0; i < pictures; i += 1) {
        timeS += (leavesOut > 0 && i % leavesOut === 0 ? 2 : 1) / rate;
        callback?.(0, { mediaTime: shown() / rate });
      }
    },
  };
}

describe('single pictures of a film', () => {
  it('go on and back by one each, and stop at both ends', () => {
    const { video, present } = film(25);
    const steps = createFrameSteps(video, () => 25);
    present();
    expect([1, 1, 1, -1, -1].map((by) => (steps.step(by as 1 | -1), present()))).toEqual([1, 2, 3, 2, 1]);
    expect([-1, -1].map((by) => (steps.step(by as -1), present()))).toEqual([0, 0]);
  });

  it('are counted while it plays, also where the browser leaves some out', () => {
    const { video, play, present } = film(30);
    const steps = createFrameSteps(video, () => 10);
    expect(steps.measured()).toBeUndefined();
    play(40, 2);
    expect(steps.measured()).toBe(30);
    const before = present();
    steps.step(1);
    expect(present()).toBe(before + 1);
  });

  it('lead to another one though they last longer than was said', () => {
    const { video, present } = film(12);
    const steps = createFrameSteps(video, () => 25);
    present();
    steps.step(1);
    expect(present()).toBe(1);
  });

  it('do not get lost when the key is pressed twice before one is there', () => {
    const { video, present } = film(25);
    const steps = createFrameSteps(video, () => 25);
    present();
    steps.step(1);
    steps.step(1);
    expect(present()).toBe(2);
  });
});
