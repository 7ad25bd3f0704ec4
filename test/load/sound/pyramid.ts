import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSound } from '@exact/sound/decode';
import { startChild } from '../../../core/src/jobs/child.ts';
import type { Made, MakeInput } from '../../../plugins/media-playback/src/server/spectrogram/make.ts';
import { openFileSource } from '../../../plugins/media-playback/src/server/sound/file-source.ts';
import { SpectrogramParameters } from '../../../plugins/media-playback/src/shared/parameters.ts';
import { hasProgram } from '../processes.ts';
import { writeRecording } from './recording.ts';

const MAKER = new URL('../../../plugins/media-playback/src/server/spectrogram/make.ts', import.meta.url).href;
/** What the job of the plugin may use. */
const MEMORY_MB = 768;

export interface PyramidRound {
  readonly format: string;
  /** How often faster than the recording plays: the job as the server runs it, in a process of its own, that process included. */
  readonly pyramid: number;
  /** Decoding alone, the same code. */
  readonly decode: number;
  /** ffmpeg's picture of the spectrogram (4096 × 512, one core, no levels), where ffmpeg is installed. */
  readonly ffmpeg: number | undefined;
}

/** Makes the spectrogram of a long recording again and again, each time beside what it is compared with. */
export async function measurePyramids({
  seconds,
  rounds,
  tell,
}: {
  readonly seconds: number;
  readonly rounds: number;
  readonly tell: (line: string) => void;
}): Promise<PyramidRound[]> {
  const folder = await mkdtemp(join(tmpdir(), 'exact-sound-'));
  try {
    const wav = join(folder, 'recording.wav');
    await writeRecording(wav, seconds);
    const files = [['WAV', wav]];
    const encoders = [
      ['FLAC', 'recording.flac', 'flac'],
      ['MP3', 'recording.mp3', 'libmp3lame'],
      ['Ogg Vorbis', 'recording.ogg', 'libvorbis'],
    ] as const;
    const hasFfmpeg = hasProgram('ffmpeg');
    if (hasFfmpeg)
      for (const [format, name, codec] of encoders) {
        execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', wav, '-c:a', codec, join(folder, name)]);
        files.push([format, join(folder, name)]);
      }
    const results: PyramidRound[] = [];
    for (let round = 0; round < rounds; round++)
      for (const [format = '', path = ''] of files) {
        const decode = seconds / (await timed(() => decodeAll(path)));
        const pyramid = seconds / (await timed(() => makePyramid(path, join(folder, 'out.tif'), seconds)));
        const ffmpeg = hasFfmpeg ? seconds / (await timed(() => Promise.resolve(picture(path, folder)))) : undefined;
        results.push({ format, pyramid, decode, ffmpeg });
        tell(`${format}: ${pyramid.toFixed(0)}× real time, decoding alone ${decode.toFixed(0)}×`);
      }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1000;
}

async function decodeAll(path: string): Promise<void> {
  const source = await openFileSource(path);
  let sum = 0;
  for await (const block of (await openSound(source)).blocks()) sum += block[0]?.length ?? 0;
  await source.close();
  if (sum === 0) throw new Error('nothing was decoded');
}

/** Makes a spectrogram as the server's job does. @throws TASK_OUT_OF_MEMORY */
export async function makePyramid(
  source: string,
  target: string,
  seconds: number,
  memoryMb = MEMORY_MB,
): Promise<Made['facts']> {
  const child = startChild({ memoryMb });
  try {
    const input: MakeInput = { source, target, parameters: SpectrogramParameters.parse({}) };
    const { facts } = await child.run<Made>(MAKER, input, { timeoutMs: 3_600_000 });
    if (Math.abs(facts.durationS - seconds) > 1) throw new Error(`${facts.durationS} s were read, not ${seconds}`);
    return facts;
  } finally {
    child.kill();
  }
}

function picture(path: string, folder: string): void {
  const filter = 'aformat=channel_layouts=mono,showspectrumpic=s=4096x512:legend=0:win_func=hann';
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-threads',
    '1',
    '-i',
    path,
    '-lavfi',
    filter,
    '-frames:v',
    '1',
    join(folder, 'out.png'),
  ]);
}
