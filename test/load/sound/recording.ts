import { open } from 'node:fs/promises';
import { createRandom } from '../random.ts';

const RATE = 44_100;
const CHANNELS = 2;

/** Writes a stereo WAV of 44.1 kHz and 16 bits: calls that sweep up and down, over noise. The same bytes for the same length. */
export async function writeRecording(path: string, seconds: number): Promise<void> {
  const random = createRandom(7);
  const file = await open(path, 'w');
  try {
    const dataBytes = seconds * RATE * CHANNELS * 2;
    const head = Buffer.alloc(44);
    head.write('RIFF');
    head.writeUInt32LE(36 + dataBytes, 4);
    head.write('WAVEfmt ', 8);
    head.writeUInt32LE(16, 16);
    head.writeUInt16LE(1, 20);
    head.writeUInt16LE(CHANNELS, 22);
    head.writeUInt32LE(RATE, 24);
    head.writeUInt32LE(RATE * CHANNELS * 2, 28);
    head.writeUInt16LE(CHANNELS * 2, 32);
    head.writeUInt16LE(16, 34);
    head.write('data', 36);
    head.writeUInt32LE(dataBytes, 40);
    await file.write(head);
    let phase = 0;
    for (let second = 0; second < seconds; second++) {
      const samples = new Int16Array(RATE * CHANNELS);
      for (let i = 0; i < RATE; i++) {
        const t = i / RATE;
        const hz = 2000 + 1500 * Math.sin(2 * Math.PI * (t + second / 7));
        phase += (2 * Math.PI * hz) / RATE;
        const call = t > 0.2 && t < 0.8 ? 0.3 * Math.sin(phase) : 0;
        for (let channel = 0; channel < CHANNELS; channel++)
          samples[i * CHANNELS + channel] = (call + 0.02 * (random() - 0.5)) * 32_767;
      }
      await file.write(new Uint8Array(samples.buffer));
    }
  } finally {
    await file.close();
  }
}
