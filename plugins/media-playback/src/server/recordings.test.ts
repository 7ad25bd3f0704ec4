import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWav, tone } from '../../test/make-wav.ts';
import { openStage, type Stage } from '../../test/stage.ts';

let stage: Stage;
beforeAll(async () => (stage = await openStage()));
afterAll(() => stage?.close());

const brightest = (column: readonly (readonly [number, number, number])[]): number => {
  const sums = column.map(([r, g, b]) => r + g + b);
  return sums.indexOf(Math.max(...sums));
};

describe('a sound that is taken in as an image', () => {
  it('becomes a spectrogram with seconds and hertz on its axes', async () => {
    const { boss } = stage.people;
    const imageId = await stage.add('whale.wav', makeWav({ seconds: 4 }, tone(2000)));
    const { body: image } = await boss.request('GET', `/api/v2/images/${imageId}`);
    const { body: recording } = await stage.ask(boss, 'GET', `/images/${imageId}/recording`);
    expect(image).toMatchObject({ state: 'ready', height: 512, width: recording.grid.columns });
    expect(image.axes.x).toEqual({ unit: 's', perPixel: recording.grid.secondsPerPixel, origin: 0 });
    expect(image.axes.y).toEqual({ unit: 'Hz', perPixel: -8000 / 512, origin: 8000 });
    expect(image.mppX).toBeUndefined();
    expect(recording).toMatchObject({
      isReady: true,
      format: 'wav',
      sampleRate: 16_000,
      channels: 1,
      durationS: 4,
      isSilent: false,
      notes: [],
    });
    expect(recording.peakDb).toBeCloseTo(-6.02, 1);
    // 2000 Hz is a quarter of the way up from 0 to 8000 Hz.
    expect(Math.abs(brightest(await stage.column(imageId, 700)) - 384)).toBeLessThanOrEqual(3);
  });

  it('is made as the settings of the project say, and goes by them no more when it is there', async () => {
    await stage.settings({ palette: 'grey', windowSize: 256, rows: 128, minDb: -60, maxDb: 0 });
    const imageId = await stage.add('grey.wav', makeWav({ seconds: 1 }, tone(4000, 1)));
    await stage.settings({});
    const { body } = await stage.ask(stage.people.boss, 'GET', `/images/${imageId}/recording`);
    expect(body.parameters).toMatchObject({ palette: 'grey', windowSize: 256, rows: 128 });
    const column = await stage.column(imageId, Math.floor(body.grid.columns / 2));
    expect(column).toHaveLength(128);
    expect(Math.min(...(column[64] ?? []))).toBeGreaterThan(240);
    expect(Math.max(...(column[10] ?? []))).toBeLessThan(20);
  });

  it('plays by ranges to whoever may see the image, and to nobody else', async () => {
    const { ada, eve } = stage.people;
    const wav = makeWav({ seconds: 1 }, tone(440));
    const imageId = await stage.add('tone.wav', wav);
    const { body } = await stage.ask(ada, 'GET', `/images/${imageId}/recording`);
    const whole = await stage.fetch(ada, body.sound.url);
    expect(whole.status).toBe(200);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'audio/wav',
      'accept-ranges': 'bytes',
      'content-length': String(wav.length),
      'x-content-type-options': 'nosniff',
    });
    expect(whole.headers.get('content-security-policy')).toContain('sandbox');
    expect(Buffer.from(await whole.arrayBuffer()).equals(wav)).toBe(true);
    const part = await stage.fetch(ada, body.sound.url, { range: 'bytes=40-99' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 40-99/${wav.length}`]);
    expect(Buffer.from(await part.arrayBuffer()).equals(wav.subarray(40, 100))).toBe(true);
    const last = await stage.fetch(ada, body.sound.url, { range: 'bytes=-10' });
    expect(Buffer.from(await last.arrayBuffer()).equals(wav.subarray(-10))).toBe(true);
    expect((await stage.fetch(ada, body.sound.url, { range: `bytes=${wav.length}-` })).status).toBe(416);
    const etag = whole.headers.get('etag') ?? '';
    expect((await stage.fetch(ada, body.sound.url, { 'if-none-match': etag })).status).toBe(304);
    expect((await stage.fetch(eve, body.sound.url)).status).toBe(404);
    expect((await stage.fetch(undefined, body.sound.url)).status).toBe(401);
  });

  it('is played without what the file tells of people and places', async () => {
    const chunk = (id: string, content: string): Buffer => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(content.length);
      return Buffer.concat([Buffer.from(id), size, Buffer.from(content)]);
    };
    const plain = makeWav({ seconds: 0.5 }, tone(500));
    const names = chunk('LIST', `INFO${chunk('IART', 'A. Person, 48.1, 11.5.').toString('latin1')}`);
    const tagged = Buffer.concat([plain.subarray(0, 36), names, plain.subarray(36), chunk('iXML', 'A. Person')]);
    const imageId = await stage.add('tagged.wav', tagged);
    const sound = await stage.fetch(stage.people.ada, `/images/${imageId}/sound`);
    expect(Buffer.from(await sound.arrayBuffer()).equals(plain)).toBe(true);
  });

  it('has a waveform of any part at any width', async () => {
    const { ada } = stage.people;
    const imageId = await stage.add(
      'loud-then-still.wav',
      makeWav({ seconds: 2 }, (t) => (t < 1 ? tone(300, 0.8)(t) : 0)),
    );
    const { body } = await stage.ask(ada, 'GET', `/images/${imageId}/waveform?columns=10`);
    expect(body).toMatchObject({ durationS: 2, sampleRate: 16_000, channels: 1, fromS: 0, toS: 2 });
    expect(body.max.slice(0, 5).every((value: number) => Math.abs(value - 0.8) < 0.02)).toBe(true);
    expect(body.min.slice(0, 5).every((value: number) => Math.abs(value + 0.8) < 0.02)).toBe(true);
    expect(body.max.slice(6)).toEqual([0, 0, 0, 0]);
    const part = await stage.ask(ada, 'GET', `/images/${imageId}/waveform?fromS=1.5&toS=99&columns=3`);
    expect(part.body).toMatchObject({ fromS: 1.5, toS: 2, min: [0, 0, 0], max: [0, 0, 0] });
  });

  it('can have another spectrogram, with other parameters', async () => {
    const { boss, ada } = stage.people;
    const imageId = await stage.add('song.wav', makeWav({ seconds: 1 }, tone(1000)));
    const wish = { scale: 'log', fMinHz: 100, windowSize: 512, rows: 256, palette: 'viridis' };
    expect((await stage.ask(ada, 'POST', `/images/${imageId}/spectrograms`, wish)).status).toBe(403);
    const made = await stage.ask(boss, 'POST', `/images/${imageId}/spectrograms`, wish);
    expect(made.status).toBe(201);
    const other = made.body.imageId as number;
    await expect
      .poll(async () => (await stage.ask(boss, 'GET', `/images/${other}/recording`)).body.isReady, { timeout: 30_000 })
      .toBe(true);
    const { body } = await stage.ask(boss, 'GET', `/images/${other}/recording`);
    expect(body).toMatchObject({
      parameters: wish,
      grid: { scale: 'log', fMinHz: 100, rows: 256 },
      others: [{ imageId }],
    });
    const first = await stage.ask(ada, 'GET', `/images/${imageId}/recording`);
    expect(first.body.others).toEqual([{ imageId: other, publicName: made.body.publicName }]);
    const { axes } = (await boss.request('GET', `/api/v2/images/${other}`)).body;
    expect(axes.y).toMatchObject({ unit: 'Hz', scale: 'log' });
    expect([Math.exp(axes.y.origin), Math.exp(axes.y.origin + 256 * axes.y.perPixel)]).toEqual([
      expect.closeTo(8000, 6),
      expect.closeTo(100, 6),
    ]);
    // Equal steps of the logarithm: 1000 Hz between 100 and 8000 Hz.
    const height = (1 - Math.log(1000 / 100) / Math.log(8000 / 100)) * 256;
    expect(Math.abs(brightest(await stage.column(other, 100)) - height)).toBeLessThanOrEqual(4);
  });

  it('is not there for those from whom its image is hidden', async () => {
    const imageId = await stage.add('plain.wav', makeWav({}, tone(700)));
    for (const path of ['recording', 'sound', 'waveform']) {
      expect((await stage.fetch(stage.people.eve, `/images/${imageId}/${path}`)).status, path).toBe(404);
      expect((await stage.fetch(undefined, `/images/${imageId}/${path}`)).status, path).toBe(401);
    }
  });
});

describe('parameters that cannot be', () => {
  it.each([
    [{ fMaxHz: 9000 }, 'fMaxHz cannot be 9000: the sample rate is 16000 Hz, so there is nothing above 8000 Hz.'],
    [{ fMinHz: 7999 }, 'fMinHz cannot be 7999: at least 15.63 Hz'],
    [{ minDb: -20, maxDb: -30 }, 'maxDb cannot be -30: it has to be at least 1 dB above minDb (-20).'],
    [{ secondsPerPixel: 0.0001, windowSize: 64, rows: 64 }, undefined],
    [{ channel: 1 }, 'channel cannot be 1: the recording has 1;'],
  ])('%j are refused with what is possible', async (wish, sentence) => {
    const imageId = await stage.add('one.wav', makeWav({ seconds: 0.2 }, tone(700)));
    const { status, body } = await stage.ask(stage.people.boss, 'POST', `/images/${imageId}/spectrograms`, wish);
    if (sentence === undefined) expect(status).toBe(201);
    else {
      expect([status, body.code]).toEqual([422, 'SPECTROGRAM_PARAMETERS']);
      expect(body.detail).toContain(sentence);
    }
  });

  it('of the project are fitted to each recording, and that is said', async () => {
    await stage.settings({ fMaxHz: 48_000, channel: 3 });
    const imageId = await stage.add('narrow.wav', makeWav({ sampleRate: 8000 }, tone(700)));
    await stage.settings({});
    const { body } = await stage.ask(stage.people.boss, 'GET', `/images/${imageId}/recording`);
    expect(body.grid.fMaxHz).toBe(4000);
    expect(body.notes).toEqual([
      'Shown up to 4000 Hz, half the sample rate, and not to 48000 Hz.',
      'There is no channel 4: the mean of 1 is shown.',
    ]);
  });
});

describe('recordings of every kind', () => {
  it.each([8000, 44_100, 192_000, 384_000])('of %i Hz reach to half of it', async (sampleRate) => {
    const imageId = await stage.add('rate.wav', makeWav({ sampleRate, seconds: 0.5 }, tone(sampleRate / 8)));
    const { body } = await stage.ask(stage.people.boss, 'GET', `/images/${imageId}/recording`);
    expect(body).toMatchObject({ sampleRate, grid: { fMaxHz: sampleRate / 2 } });
    expect(Math.abs(brightest(await stage.column(imageId, 100)) - 384)).toBeLessThanOrEqual(3);
  });

  it('with six channels show the one that is asked for', async () => {
    await stage.settings({ channel: 4 });
    const imageId = await stage.add(
      'six.wav',
      makeWav({ channels: 6, seconds: 0.5 }, (t, c) => tone(1000 * (c + 1))(t)),
    );
    await stage.settings({});
    const { body } = await stage.ask(stage.people.boss, 'GET', `/images/${imageId}/recording`);
    expect(body.channels).toBe(6);
    expect(Math.abs(brightest(await stage.column(imageId, 100)) - (1 - 5 / 8) * 512)).toBeLessThanOrEqual(3);
  });

  it('that are silent are dark, and said to be silent', async () => {
    const imageId = await stage.add(
      'silent.wav',
      makeWav({ seconds: 1 }, () => 0),
    );
    const { body } = await stage.ask(stage.people.boss, 'GET', `/images/${imageId}/recording`);
    expect(body.isSilent).toBe(true);
    expect(body).not.toHaveProperty('peakDb');
    expect(Math.max(...(await stage.column(imageId, 50)).flat())).toBeLessThan(12);
  });

  it('that end early are shown as far as they go', async () => {
    const imageId = await stage.add('cut.wav', makeWav({ seconds: 2 }, tone(700)).subarray(0, 44 + 32_000));
    const { body } = await stage.ask(stage.people.boss, 'GET', `/images/${imageId}/recording`);
    expect(body).toMatchObject({ durationS: 1, notes: ['The file ends early: it states 2 s and holds 1 s.'] });
  });

  it('are told by their content, whatever their names say', async () => {
    const imageId = await stage.add('really-a-wav.mp3', makeWav({ seconds: 0.3 }, tone(700)));
    expect((await stage.ask(stage.people.boss, 'GET', `/images/${imageId}/recording`)).body.format).toBe('wav');
  });
});

describe('files that cannot be read', () => {
  it.each([
    ['an empty recording', makeWav({ seconds: 0 }, () => 0), 'its length is 0 seconds'],
    ['a codec that is not read', withCodec(0x55), 'The WAV file holds MP3'],
    ['no channels', withBytes(22, 0, 0), 'states 0 channels'],
    ['a sample rate of zero', withBytes(24, 0, 0, 0, 0), 'sample rate of 0 Hz'],
    ['headers without sound', makeWav({}, () => 0).subarray(0, 36), 'ends before its sound begins'],
    [
      'an Ogg file of something else',
      Buffer.from('OggS rubbish that goes on for a while and has no page'),
      'first page is damaged',
    ],
    ['FLAC that ends in its headers', Buffer.from('fLaC\x80\x00'), 'ends before its sound begins'],
  ])('%s: is refused with a sentence', async (_what, bytes, sentence) => {
    await expect(stage.add('bad.wav', bytes)).rejects.toThrow(sentence);
  });

  it('text that is called a sound is no sound', async () => {
    await expect(stage.add('notes.wav', Buffer.from('Notes of the field trip'))).rejects.toThrow('is not an image');
  });

  it('what turns out to be broken only while it is decoded is an image that failed, and is tried again as it was to be made', async () => {
    const { boss } = stage.people;
    await stage.settings({ palette: 'magma' });
    const rubbish = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x0a'), Buffer.alloc(3000, 0x55)]);
    await expect(stage.add('rubbish.mp3', rubbish)).rejects.toThrow('begins as MP3, but holds no sound');
    await stage.settings({});
    const { body: list } = await boss.request('GET', `/api/v2/image-sets/${stage.imageSetId}/images?state=failed`);
    const { id, problem } = list.items[0];
    expect(problem).toMatchObject({ code: 'CORRUPT_FILE' });
    expect((await stage.ask(boss, 'GET', `/images/${id}/sound`)).body).toMatchObject({
      status: 409,
      code: 'RECORDING_NOT_READY',
      detail: `The recording of image ${id} could not be read; the image says why.`,
    });
    expect((await boss.request('POST', `/api/v2/images/${id}/retry`)).status).toBe(200);
    const { body } = await stage.ask(boss, 'GET', `/images/${id}/recording`);
    expect(body).toMatchObject({ isReady: false, parameters: { palette: 'magma' }, notes: [] });
  });

  it('images that are no recordings say so', async () => {
    const { boss } = stage.people;
    const bmp = Buffer.alloc(54 + 4, 0);
    bmp.write('BM');
    for (const [at, value] of [
      [2, 58],
      [10, 54],
      [14, 40],
      [18, 1],
      [22, 1],
      [34, 4],
    ] as const)
      bmp.writeUInt32LE(value, at);
    bmp.writeUInt16LE(1, 26);
    bmp.writeUInt16LE(24, 28);
    const imageId = await stage.add('picture.bmp', bmp);
    for (const path of ['recording', 'sound', 'waveform'])
      expect((await stage.ask(boss, 'GET', `/images/${imageId}/${path}`)).body.code, path).toBe('NOT_A_RECORDING');
  });
});

function withBytes(at: number, ...bytes: number[]): Buffer {
  const wav = makeWav({ seconds: 0.1 }, tone(700));
  wav.set(bytes, at);
  return wav;
}

function withCodec(codec: number): Buffer {
  return withBytes(20, codec & 255, codec >> 8);
}
