/** Pictures of a film, one at a time. */
export interface FrameSteps {
  /** How many pictures a second were counted while it played; nothing before. */
  readonly measured: () => number | undefined;
  step(by: 1 | -1): void;
  dispose(): void;
}

/** So many differences between pictures tell how long one lasts. */
const COUNTED = 12;
/** Rates that films have: what is counted within one percent of one is that one. */
const RATES = [10, 12, 12.5, 15, 16, 20, 24_000 / 1001, 24, 25, 30_000 / 1001, 30, 48, 50, 60_000 / 1001, 60, 100, 120];

/**
 * Steps through the pictures of a film. A browser does not tell how long a picture lasts; where it tells which one it shows
 * (`requestVideoFrameCallback`), steps are corrected until another one is there, and the rate is counted while the film plays.
 *
 * @param fallback - pictures a second as long as nothing was counted
 */
export function createFrameSteps(video: HTMLVideoElement, fallback: () => number): FrameSteps {
  const canTell = 'requestVideoFrameCallback' in video;
  const lengths: number[] = [];
  /** Time of the picture that is shown, as the file has it. */
  let shownS: number | undefined;
  let callback = 0;
  /** A step that has not led to another picture yet. */
  let pending: { readonly fromS: number; readonly by: 1 | -1; tries: number } | undefined;

  const frameS = (): number => 1 / (measured() ?? fallback());
  function measured(): number | undefined {
    if (lengths.length < COUNTED) return undefined;
    // one of the shorter ones: a browser that was busy has left pictures out
    const sorted = [...lengths].sort((a, b) => a - b);
    const rate = 1 / (sorted[Math.floor(sorted.length / 4)] ?? 0.04);
    const nearest = RATES.reduce((best, known) => (Math.abs(known - rate) < Math.abs(best - rate) ? known : best));
    return Math.abs(rate / nearest - 1) < 0.01 ? nearest : rate;
  }
  function see(_: number, { mediaTime }: VideoFrameCallbackMetadata): void {
    if (shownS !== undefined && !video.paused && mediaTime > shownS) {
      lengths.push(mediaTime - shownS);
      if (lengths.length > 4 * COUNTED) lengths.shift();
    }
    shownS = mediaTime;
    if (pending && Math.abs(mediaTime - pending.fromS) < 1e-6 && pending.tries < 3) go(pending);
    else pending = undefined;
    callback = video.requestVideoFrameCallback(see);
  }
  function go(step: NonNullable<typeof pending>): void {
    step.tries += 1;
    // into the middle of the picture: at its border it is left to rounding which one is shown
    const target = step.fromS + step.by * frameS() * step.tries + frameS() / 2;
    video.currentTime = Math.max(0, Math.min(Number.isFinite(video.duration) ? video.duration : target, target));
  }
  if (canTell) callback = video.requestVideoFrameCallback(see);

  return {
    measured,
    step(by) {
      video.pause();
      const length = frameS();
      // pressed again before the picture is there: on from where the last press leads
      const fromS = pending
        ? pending.fromS + pending.by * length
        : (shownS ?? Math.floor(video.currentTime / length + 1e-6) * length);
      pending = canTell ? { fromS, by, tries: 0 } : undefined;
      go(pending ?? { fromS, by, tries: 0 });
    },
    dispose() {
      if (canTell) video.cancelVideoFrameCallback(callback);
    },
  };
}
