import sharp from 'sharp';

/** Small files of all kinds that are taken, made here so that each byte is known. */

/** A tone of `seconds`, 8,000 samples of 16 bits a second. */
export function wav(seconds = 0.1, { format = 1, claim }: { format?: number; claim?: number } = {}): Buffer {
  const samples = Math.round(8000 * seconds);
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(format, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(claim ?? samples * 2, 40);
  for (let i = 0; i < samples; i += 1) bytes.writeInt16LE(Math.round(8000 * Math.sin(i / 3)), 44 + i * 2);
  return bytes;
}

const canvas = (width = 40, height = 30) =>
  sharp({ create: { width, height, channels: 3, background: { r: 160, g: 60, b: 120 } } });
export const png = (width?: number, height?: number): Promise<Buffer> => canvas(width, height).png().toBuffer();
export const jpeg = (width?: number, height?: number): Promise<Buffer> => canvas(width, height).jpeg().toBuffer();
export const webp = (): Promise<Buffer> => canvas().webp().toBuffer();
export const gif = (): Promise<Buffer> => canvas().gif().toBuffer();

/** Frames of 128 kbit/s at 44.1 kHz, 417 bytes each, behind an ID3 tag. */
export function mp3(frames = 6): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0x64]);
  const tag = Buffer.from([...Buffer.from('ID3'), 4, 0, 0, 0, 0, 0, 20, ...new Array<number>(20).fill(0)]);
  return Buffer.concat([tag, ...Array.from({ length: frames }, () => frame)]);
}

export function aac(frames = 6): Buffer {
  const frame = Buffer.alloc(100);
  frame.set([0xff, 0xf1, 0x50, 0x80, 100 >> 3, ((100 & 7) << 5) | 0x1f, 0xfc]);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

export function flac(): Buffer {
  const info = Buffer.alloc(34);
  info.writeUIntBE(44_100 << 4, 10, 3);
  return Buffer.concat([
    Buffer.from('fLaC'),
    Buffer.from([0x80, 0, 0, 34]),
    info,
    Buffer.from([0xff, 0xf8, 0xc9, 0x18]),
    Buffer.alloc(64),
  ]);
}

export function oggPage(flags: number, content: Buffer): Buffer {
  const head = Buffer.alloc(28);
  head.write('OggS', 0, 'latin1');
  head[5] = flags;
  head[26] = 1;
  head[27] = content.length;
  return Buffer.concat([head, content]);
}
export const ogg = (codec = 'OpusHead'): Buffer =>
  Buffer.concat([
    oggPage(2, Buffer.from(`${codec}\x01\x01`, 'latin1')),
    oggPage(0, Buffer.alloc(40)),
    oggPage(4, Buffer.alloc(50)),
  ]);

export const box = (type: string, ...content: Buffer[]): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.reduce((sum, part) => sum + part.length, 0));
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, ...content]);
};
export function mp4(handler: 'vide' | 'soun', brand = 'isom'): Buffer {
  const hdlr = box('hdlr', Buffer.alloc(8), Buffer.from(handler), Buffer.alloc(13));
  const moov = box('moov', box('mvhd', Buffer.alloc(100)), box('trak', box('mdia', hdlr)));
  return Buffer.concat([box('ftyp', Buffer.from(`${brand}\0\0\0\0isom`)), moov, box('mdat', Buffer.alloc(200))]);
}

export const element = (id: string, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from(id, 'hex'), Buffer.from([0x40 | (body.length >> 8), body.length & 255]), body]);
};
export function webm(trackType: 1 | 2, docType = 'webm', codec = trackType === 1 ? 'V_VP9' : 'A_OPUS'): Buffer {
  const track = element('ae', element('83', Buffer.from([trackType])), element('86', Buffer.from(codec)));
  return Buffer.concat([
    element('1a45dfa3', element('4282', Buffer.from(docType))),
    element('18538067', element('1654ae6b', track), element('1f43b675', Buffer.alloc(60))),
  ]);
}
