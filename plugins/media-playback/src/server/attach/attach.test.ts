import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWav, tone } from '../../../test/make-wav.ts';
import { openStage, type Stage } from '../../../test/stage.ts';
import { readPattern } from './pattern.ts';

describe('pattern of names', () => {
  it('reads what a name says, without regard to case, spaces and ending', () => {
    const pattern = readPattern('{image}_{label}_{n}');
    expect(pattern.read('240101-1200-abcd_Pulsed call_007.WAV')).toEqual({
      image: '240101_1200_abcd',
      label: 'pulsed_call',
      n: '7',
    });
    expect(pattern.read('nothing.wav')).toBeUndefined();
    expect(readPattern('*-{id}.*').read('orca-0199AAAA.wav')).toEqual({ id: '0199aaaa' });
  });

  it.each([
    ['call.wav', 'it names no object'],
    ['{name}.wav', '{name} is none of {uuid}'],
    ['{n}-{n}.wav', '{n} stands in it twice'],
    ['{n', 'a bracket has no counterpart'],
    ['*{image}*{label}*{n}', 'at most 3 are possible'],
  ])('refuses %s', (pattern, problem) => {
    expect(() => readPattern(pattern)).toThrow(problem);
  });

  it('reads any name in any pattern it takes without failing', () => {
    const part = fc.constantFrom('{image}', '{label}', '{n}', '{id}', '*', '_', '.', '(', '[', '\\\\', '+', 'ä');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.string({ maxLength: 40 }), (parts, name) => {
        try {
          const said = readPattern(parts.join('')).read(name);
          return said === undefined || typeof said === 'object';
        } catch (error) {
          return (error as { code?: string }).code === 'PATTERN_INVALID';
        }
      }),
      { seed: 20240607 },
    );
  });
});

describe('files that are attached by their names', () => {
  let stage: Stage;
  let imageId: number;
  let imageName: string;
  let first: string;
  let second: string;
  let click: string;
  const wav = makeWav({ seconds: 0.1 }, tone(600));
  const plan = (pattern: string, names: readonly string[], more: object = {}) =>
    stage.ask(stage.people.ada, 'POST', '/attachments/plan', {
      pattern,
      files: names.map((name) => ({ name, sizeBytes: wav.length })),
      ...more,
    });

  beforeAll(async () => {
    stage = await openStage();
    imageId = await stage.add('sea.wav', makeWav({ seconds: 1 }, tone(600)));
    imageName = (await stage.people.ada.request('GET', `/api/v2/images/${imageId}`)).body.publicName;
    first = await stage.draw(stage.people.ada, imageId);
    second = await stage.draw(stage.people.ada, imageId);
    click = await stage.draw(stage.people.ada, imageId, 'click');
  });
  afterAll(() => stage?.close());

  it('are told where they would go, and nothing is stored', async () => {
    const { body } = await plan('{image}_{label}_{n}', [
      `${imageName}_pulsed-call_1.wav`,
      `${imageName}_Pulsed call_2.wav`,
      `${imageName}_click_1.flac`,
      `${imageName}_click_2.wav`,
      `${imageName}_click_1.exe`,
      'other.wav',
    ]);
    expect(body.files.map((file: { outcome: string }) => file.outcome)).toEqual([
      'attach',
      'attach',
      'attach',
      'none',
      'refused',
      'none',
    ]);
    expect(
      body.files.slice(0, 3).map((file: { object: { annotationId: string } }) => file.object.annotationId),
    ).toEqual([first, second, click]);
    expect(body.files[3].reason).toContain('label click, n 2');
    expect(body.files[4].reason).toContain('"exe"');
    expect(body).toMatchObject({ objects: 3, counts: { attach: 3, known: 0, none: 2, several: 0, refused: 1 } });
    const media = await stage.people.ada.request('GET', `/api/v2/annotations/${first}/media`);
    expect(media.body).toEqual([]);
  });

  it('go by UUID, by its beginning, by number; several objects are told as several', async () => {
    expect((await plan('{uuid}', [`${second}.wav`])).body.files[0].object.annotationId).toBe(second);
    expect((await plan('x-{id}', [`x-${click.slice(0, 8)}.mp3`])).body.files[0].object.annotationId).toBe(click);
    expect((await plan('{n}', ['3.wav'], { imageId })).body.files[0].object).toMatchObject({
      annotationId: click,
      number: 3,
    });
    expect((await plan('{label}*', ['pulsed call, loud.wav'])).body.files[0]).toMatchObject({
      outcome: 'several',
      matches: 2,
    });
  });

  it('are attached once, however often they are sent, and known to the next plan', async () => {
    const { ada, ben } = stage.people;
    const once = await stage.attach(ada, second, 'a.wav', wav);
    expect([once.status, once.body.state]).toEqual([200, 'attached']);
    const again = await stage.attach(ada, second, 'a.wav', wav);
    expect(again.body).toMatchObject({ state: 'known', media: { uuid: once.body.media.uuid } });
    const media = await ada.request('GET', `/api/v2/annotations/${second}/media`);
    expect(media.body).toHaveLength(1);
    const other = await stage.attach(ada, second, 'a.wav', makeWav({ seconds: 0.1 }, tone(900)));
    expect([other.status, other.body.code]).toEqual([409, 'CONFLICT']);
    expect(other.body.detail).toContain('with another content');
    expect((await stage.attach(ben, second, 'b.wav', wav)).status).toBe(200);
    await stage.attach(ada, second, `${second}.wav`, wav);
    expect((await plan('{uuid}', [`${second}.wav`])).body.files[0].outcome).toBe('known');
  });

  it('that lie about their type, or are twice in a plan, are refused with a reason', async () => {
    const { status, body } = await stage.attach(stage.people.ada, first, 'x.wav', Buffer.from('no sound at all'));
    expect([status, body.code]).toEqual([422, 'MEDIA_REFUSED']);
    const twice = await plan('{uuid}', [`${first}.wav`, `${first}.wav`]);
    expect(twice.body.files[1]).toMatchObject({
      outcome: 'refused',
      reason: 'Another file of this name goes to the same object.',
    });
    expect((await plan('nothing', ['a.wav'])).body.code).toBe('PATTERN_INVALID');
  });

  it('reach only what their sender sees: who works blind finds the own objects and nothing of others', async () => {
    const { ben } = stage.people;
    await stage.mode('blind');
    const own = await stage.draw(ben, imageId);
    const { body } = await stage.ask(ben, 'POST', '/attachments/plan', {
      pattern: '{uuid}',
      files: [first, own].map((uuid) => ({ name: `${uuid}.wav`, sizeBytes: 5 })),
    });
    expect(body.files.map((file: { outcome: string }) => file.outcome)).toEqual(['none', 'attach']);
    expect((await stage.attach(ben, first, 'c.wav', wav)).status).toBe(404);
    await stage.mode('cooperative');
  });

  it('have a waveform and a picture of their spectrogram, made once', async () => {
    const { ada, eve } = stage.people;
    const { body } = await stage.attach(ada, click, 'look.wav', makeWav({ seconds: 1 }, tone(1000, 0.7)));
    const path = `/annotations/${click}/media/${body.media.uuid}`;
    const waveform = await stage.ask(ada, 'GET', `${path}/waveform?columns=4`);
    expect(waveform.body).toMatchObject({ durationS: 1, sampleRate: 16_000 });
    expect(waveform.body.max.every((value: number) => Math.abs(value - 0.7) < 0.02)).toBe(true);
    const picture = await stage.fetch(ada, `${path}/spectrogram`);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(
      Buffer.from(await picture.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect((await stage.fetch(eve, `${path}/waveform`)).status).toBe(404);
    // Through another project, in which the same person is, it is not there.
    const other = await stage.kernel.project({ ada: 'annotator' });
    await stage.kernel.enable(other.id, 'media-playback', true);
    for (const what of ['waveform', 'spectrogram'])
      expect(
        (await stage.fetch(ada, `/api/v2/projects/${other.id}/plugins/media-playback${path}/${what}`)).status,
        what,
      ).toBe(404);
  });
});
