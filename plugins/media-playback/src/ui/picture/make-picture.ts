import { createSpectrogram, mixDown, type ScaleKind } from '@exact/sound';
import type { OpenedSound } from './opened-sound.ts';
import type { PictureRequest, Strip } from './protocol.ts';

/** Columns that are sent at once: often enough to see that it goes on. */
const STRIP = 24;
/** Windows that one column is the mean of: more would be slower, and look the same. */
const MOST_FRAMES = 8;
/** Below what 16 bits can hold, so that silence is dark; steps of half a decibel fill a byte. */
const DARKEST_DB = -127.5;
const LOWEST_HZ = 20;

/** Draws a stretch of sound, and gives columns from the left as they are there. */
export async function makePicture(
  sound: OpenedSound,
  request: PictureRequest,
  onStrip: (strip: Strip) => void,
  signal: AbortSignal,
): Promise<void> {
  const { sampleRate, durationS } = sound.facts;
  const { columns, rows } = request;
  const toS = Math.min(request.toS, durationS);
  const samples = Math.max(1, Math.round((toS - request.fromS) * sampleRate));
  const a = samples / columns;
  // spectra at the left edge look at what was before it
  const lead = Math.min(Math.round(request.fromS * sampleRate), Math.ceil(request.windowSize / 2 / a) * a);
  const leadColumns = Math.round(lead / a);

  const low = new Float32Array(columns);
  const high = new Float32Array(columns);
  const levels = new Uint8Array(columns * Math.max(1, rows));
  /** Columns of the waveform and of the spectrogram that are ready. */
  let waves = 0;
  let spectra = 0;
  let sent = 0;

  const stream =
    rows === 0
      ? undefined
      : createSpectrogram(
          {
            sampleRate,
            windowSize: request.windowSize,
            window: 'hann',
            secondsPerPixel: a / sampleRate,
            framesPerPixel: Math.min(MOST_FRAMES, Math.max(1, Math.ceil(a / request.windowSize))),
            columns: columns + leadColumns,
            minDb: DARKEST_DB,
            maxDb: 0,
            rows,
            ...axisOf(request.scale, sampleRate),
          },
          (column) => {
            const x = spectra++ - leadColumns;
            if (x >= 0 && x < columns) for (let y = 0; y < rows; y += 1) levels[y * columns + x] = column[y] ?? 0;
          },
        );

  function send(isLast: boolean): void {
    const ready = Math.min(columns, waves, stream ? spectra - leadColumns : Infinity);
    if (ready - sent < (isLast ? 1 : STRIP)) return;
    const count = ready - sent;
    const strip = new Uint8Array(rows * count);
    for (let y = 0; y < rows; y += 1) strip.set(levels.subarray(y * columns + sent, y * columns + ready), y * count);
    onStrip({ column: sent, count, low: low.slice(sent, ready), high: high.slice(sent, ready), levels: strip });
    sent = ready;
  }

  /** Samples after the left edge, negative before it. */
  let at = -lead;
  const end = samples + request.windowSize;
  const pause = breather();
  for await (const block of sound.from(request.fromS - lead / sampleRate, signal)) {
    const length = Math.min(block[0]?.length ?? 0, end - at);
    if (length <= 0) break;
    const cut = block.map((channel) => channel.subarray(0, length));
    for (let i = Math.max(0, -at); i < length;) {
      const column = Math.floor((at + i) / a);
      if (column >= columns) break;
      const stop = Math.min(length, Math.max(i + 1, Math.ceil((column + 1) * a) - at));
      let [lowest, highest] = [low[column] ?? 0, high[column] ?? 0];
      for (const channel of cut)
        for (let k = i; k < stop; k += 1) {
          const value = channel[k] ?? 0;
          if (value < lowest) lowest = value;
          if (value > highest) highest = value;
        }
      low[column] = lowest;
      high[column] = highest;
      i = stop;
    }
    at += length;
    waves = Math.max(0, Math.min(columns, Math.floor(at / a)));
    stream?.push(mixDown(cut, -1));
    send(false);
    await pause();
    signal.throwIfAborted();
    if (at >= end) break;
  }
  // where the sound ends early there is silence
  stream?.finish();
  waves = columns;
  spectra = columns + leadColumns;
  send(true);
}

function axisOf(scale: ScaleKind, sampleRate: number): { scale: ScaleKind; fMinHz: number; fMaxHz: number } {
  return { scale, fMinHz: scale === 'log' ? LOWEST_HZ : 0, fMaxHz: sampleRate / 2 };
}

/** Lets a message in that says to stop: what is in memory is read without ever waiting. */
export function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 30) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
}
