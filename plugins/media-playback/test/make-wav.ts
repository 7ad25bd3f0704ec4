/** A WAV file of 16 bits. @param value - sample of a channel at a time, −1…1 */
export function makeWav(
  { sampleRate = 16_000, channels = 1, seconds = 1 }: { sampleRate?: number; channels?: number; seconds?: number },
  value: (t: number, channel: number) => number,
): Buffer {
  const frames = Math.round(seconds * sampleRate);
  const file = Buffer.alloc(44 + frames * channels * 2);
  file.write('RIFF');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * channels * 2, 28);
  file.writeUInt16LE(channels * 2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(frames * channels * 2, 40);
  for (let i = 0; i < frames; i++)
    for (let channel = 0; channel < channels; channel++)
      file.writeInt16LE(Math.round(value(i / sampleRate, channel) * 32_767), 44 + (i * channels + channel) * 2);
  return file;
}

export const tone =
  (hz: number, amplitude = 0.5) =>
  (t: number): number =>
    amplitude * Math.sin(2 * Math.PI * hz * t);
