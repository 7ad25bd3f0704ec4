import { type Bytes, corrupt, refuse, truncated, unplayable, type Verdict } from './bytes.ts';

/** Format codes that browsers play (RFC 2361): PCM, float, A-law, µ-law; 0xfffe names one of them further on. */
const PLAYABLE = new Set([1, 3, 6, 7]);
const EXTENSIBLE = 0xfffe;
/** Programs that write to a pipe do not know the length beforehand. */
const UNKNOWN_LENGTH = 0xffffffff;
const MAX_CHUNKS = 1000;

/** Walks the chunks of a WAV: format first, samples after it and all there. */
export async function checkWav(file: Bytes): Promise<Verdict> {
  let hasFormat = false;
  for (let at = 12, chunks = 0; at + 8 <= file.size && chunks < MAX_CHUNKS; chunks += 1) {
    const head = await file.read(at, 8 + 40);
    const id = head.toString('latin1', 0, 4);
    const length = head.readUInt32LE(4);
    if (id === 'fmt ') {
      if (length < 16 || head.length < 24) return corrupt('its format part is too short.');
      const named = head.readUInt16LE(8);
      const code = named === EXTENSIBLE && length >= 40 && head.length >= 34 ? head.readUInt16LE(32) : named;
      if (!PLAYABLE.has(code))
        return unplayable(`its sound is stored in the form 0x${code.toString(16)}`, 'WAV with PCM');
      if (head.readUInt16LE(10) === 0 || head.readUInt32LE(12) === 0 || head.readUInt16LE(20) === 0)
        return corrupt('it says that it has no channels, no sample rate or no frames.');
      hasFormat = true;
    }
    if (id === 'data') {
      if (!hasFormat) return corrupt('its samples come before their format.');
      if (length === 0 || at + 8 === file.size)
        return refuse('EMPTY_FILE', 'it holds no sound (0 samples). Record it anew.');
      if (length !== UNKNOWN_LENGTH && at + 8 + length > file.size) return truncated('the sound');
      return { mediaType: 'audio/wav' };
    }
    at += 8 + length + (length & 1);
  }
  return truncated('the file, which has no samples,');
}
