import { open } from 'node:fs/promises';
import { createRandom } from '../random.ts';

/** Writes a WAV of 16 bits: calls that sweep up and down, over noise. The same bytes for the same length. */
export async function writeRecording(path: string, seconds: number, rate = 44_100, channels = 2): Promise<void> {
  const random = createRandom(7);
  const file = await open(path, 'w');
  try {
    const dataBytes = seconds * rate * channels * 2;
    const head = Buffer.alloc(44);
    head.write('RIFF');
    head.writeUInt32LE(36 + dataBytes, 4);
    head.write('WAVEfmt ', 8);
    head.writeUInt32LE(16, 16);
    head.writeUInt16LE(1, 20);
    head.writeUInt16LE(channels, 22);
    head.writeUInt32LE(rate, 24);
    head.writeUInt32LE(rate * channels * 2, 28);
    head.writeUInt16LE(channels * 2, 32);
    head.writeUInt16LE(16, 34);
    head.write('data', 36);
    head.writeUInt32LE(dataBytes, 40);
    await file.write(head);
    let phase = 0;
    for (let second = 0; second < seconds; second++) {
      const samples = new Int16Array(rate * channels);
      for (let i = 0; i < rate; i++) {
        const t = i / rate;
        const hz = 2000 + 1500 * Math.sin(2 * Math.PI * (t + second / 7));
        phase += (2 * Math.PI * hz) / rate;
        const call = t > 0.2 && t < 0.8 ? 0.3 * Math.sin(phase) : 0;
        for (let channel = 0; channel < channels; channel++)
          samples[i * channels + channel] = (call + 0.02 * (random() - 0.5)) * 32_767;
      }
      await file.write(new Uint8Array(samples.buffer));
    }
  } finally {
    await file.close();
  }
}
