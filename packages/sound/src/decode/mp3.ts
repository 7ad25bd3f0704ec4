import type { ByteSource } from '../byte-source.ts';
import { joined, text } from './bytes.ts';
import { beginsWithFrames, endOfMp3, type Mp3Frame, mp3Frames, noMp3, readEncoderNote, skipId3 } from './mp3-frames.ts';
import type { Sound } from './sound.ts';

/** Frames that are decoded at once. */
const BATCH_FRAMES = 400;
/** Frames may take bits from those before: 511 bytes, which are up to 9 of the smallest; and the filters need one to settle. */
const RUN_IN_FRAMES = 11;
/** Samples that any decoder of layer III gives too late; encoders count theirs from there. */
const DECODER_DELAY = 529;

/** A tag of ID3v2 may be larger than what there is to look at: it stands before MP3 only. */
export function isMp3(head: Uint8Array): boolean {
  return text(head, 0, 3) === 'ID3' || beginsWithFrames(head, 0);
}

/** What minimp3-wasm's module gives; its own loader takes a whole file and an address only. */
interface Minimp3 {
  readonly memory: WebAssembly.Memory;
  decoder_init(): void;
  decoder_set_mp3_data_size(bytes: number): void;
  decoder_mp3_data_offset(): number;
  decoder_decode(seconds: number): void;
  decoder_pcm_data_offset(): number;
  decoder_pcm_data_size(): number;
  decode_results_num_channels(): number;
}

let loadDecoder = readDecoder;
let compiled: Promise<WebAssembly.Module> | undefined;
function compile(): Promise<WebAssembly.Module> {
  compiled ??= loadDecoder();
  return compiled;
}

/** Node reads the file of the package; imported only here, so that bundles for browsers hold nothing of Node. */
async function readDecoder(): Promise<WebAssembly.Module> {
  const [{ readFile }, { createRequire }, { dirname, join }] = await Promise.all([
    import('node:fs/promises'),
    import('node:module'),
    import('node:path'),
  ]);
  const folder = dirname(createRequire(import.meta.url).resolve('minimp3-wasm'));
  return WebAssembly.compile(await readFile(join(folder, 'decoder.opt.wasm')));
}

/**
 * Says where the decoder of MP3 (`decoder.opt.wasm` of `minimp3-wasm`) comes from, before the first one is decoded: for browsers, which
 * fetch it.
 */
export function provideMp3Decoder(load: () => Promise<WebAssembly.Module>): void {
  loadDecoder = load;
}

/** Opens MPEG audio of layers I, II and III. Walks through all headers: only that tells how long it is. */
export async function openMp3(source: ByteSource): Promise<Sound> {
  const notes: string[] = [];
  const from = await skipId3(source);
  const end = await endOfMp3(source);
  let first: Mp3Frame | undefined;
  let note: ReturnType<typeof readEncoderNote>;
  let frames = 0;
  let gaps = 0;
  for await (const { frame, bytes, isAfterGap } of mp3Frames(source, from, end)) {
    if (isAfterGap) gaps += 1;
    if (!first) {
      first = frame;
      note = frame.layer === 3 ? readEncoderNote(bytes, frame) : undefined;
      if (note) continue;
    }
    frames += 1;
  }
  if (!first || frames === 0) throw noMp3();
  if (gaps > 0) notes.push(`${gaps === 1 ? 'A part of it is' : `${gaps} parts of it are`} damaged and left out.`);
  const kind = first;
  const all = frames * kind.samples;
  const skip = note && note.delay > 0 ? note.delay + DECODER_DELAY : 0;
  const cut = note && note.delay > 0 ? Math.max(0, note.padding - DECODER_DELAY) : 0;
  const samples = Math.max(1, all - skip - cut);
  return {
    format: 'mp3',
    sampleRate: kind.sampleRate,
    channels: kind.channels,
    durationS: samples / kind.sampleRate,
    notes,
    bare: { head: new Uint8Array(0), from, to: end },
    async *blocks(signal) {
      const module = await compile();
      let hasNote = note !== undefined;
      let before: Uint8Array[] = [];
      let batch: Uint8Array[] = [];
      let toSkip = skip;
      let left = samples;
      const flush = async (): Promise<Float32Array[]> => {
        signal?.throwIfAborted();
        const block = await decodeBatch(module, before, batch, kind);
        before = [...before, ...batch].slice(-RUN_IN_FRAMES);
        batch = [];
        const skipped = Math.min(toSkip, block[0]?.length ?? 0);
        toSkip -= skipped;
        const trimmed = block.map((channel) => channel.subarray(skipped, skipped + left));
        left -= trimmed[0]?.length ?? 0;
        return trimmed;
      };
      for await (const { bytes } of mp3Frames(source, from, end)) {
        if (hasNote) {
          hasNote = false;
          continue;
        }
        batch.push(bytes);
        if (batch.length === BATCH_FRAMES) yield await flush();
      }
      if (batch.length > 0) yield await flush();
    },
  };
}

/** Decodes frames behind some that came before. A fresh instance each time: nothing is left of damaged ones, and memory stays small. */
async function decodeBatch(
  module: WebAssembly.Module,
  before: readonly Uint8Array[],
  batch: readonly Uint8Array[],
  { samples, channels }: Mp3Frame,
): Promise<Float32Array[]> {
  const wanted = batch.length * samples;
  const { exports } = await WebAssembly.instantiate(module, {});
  const minimp3 = exports as unknown as Minimp3;
  const data = joined([...before, ...batch]);
  minimp3.decoder_init();
  minimp3.decoder_set_mp3_data_size(data.length);
  new Uint8Array(minimp3.memory.buffer, minimp3.decoder_mp3_data_offset(), data.length).set(data);
  minimp3.decoder_decode(3600);
  const found = minimp3.decode_results_num_channels();
  const values = new Int16Array(
    minimp3.memory.buffer,
    minimp3.decoder_pcm_data_offset(),
    minimp3.decoder_pcm_data_size() / 2,
  );
  const frames = found > 0 ? Math.floor(values.length / found) : 0;
  // Frames whose bits were missing give nothing, and they come first: what is wanted ends where the samples end.
  return Array.from({ length: channels }, (_, channel) => {
    const out = new Float32Array(wanted);
    for (let i = Math.max(0, wanted - frames); i < wanted; i++)
      out[i] = values[(frames - wanted + i) * found + Math.min(channel, found - 1)]! / 32_768;
    return out;
  });
}
