import { randomUUID } from 'node:crypto';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as sample from '../../core/src/media/samples.testing.ts';
import { makeWav, tone } from '../../plugins/media-playback/test/make-wav.ts';
import { makeWorld, type World } from './world.ts';

let world: World;
/** An object with a sound and a picture, and one with sounds that make no sound. */
let whale: string;
let mute: string;

/** Two calls: 500 Hz in the second second, 3 kHz in the fourth; else hardly anything. */
const calls = makeWav({ sampleRate: 16_000, seconds: 5 }, (t) => {
  if (t >= 1 && t < 2) return tone(500, 0.5)(t);
  return t >= 3 && t < 4 ? tone(3000, 0.5)(t) : tone(50, 0.001)(t);
});

beforeAll(async () => {
  world = await makeWorld({ isPlaying: true });
  await world.kernel.enable(world.projectId, 'media-playback', true);
  whale = await object(world.imageId, { x: 1000, y: 1400, width: 200, height: 100 });
  mute = await object(world.imageId, { x: 1300, y: 1400, width: 200, height: 100 });
  await attach(whale, 'call.wav', calls);
  await attach(whale, 'fin.png', await sample.png(640, 480));
  await attach(
    mute,
    'silent.wav',
    makeWav({ seconds: 2 }, () => 0),
  );
  await attach(mute, 'broken.ogg', sample.ogg());
});
afterAll(() => world?.close());

async function object(imageId: number, box: object): Promise<string> {
  const { request } = await world.kernel.person('anna');
  const uuid = randomUUID();
  const geometry = { kind: 'box', ...box };
  await request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
    ...{ changeId: randomUUID(), create: [{ uuid, templateId: world.templates.cell, geometry }] },
  });
  return uuid;
}
async function attach(uuid: string, name: string, body: Buffer): Promise<void> {
  const { cookie } = await world.kernel.person('anna');
  const response = await fetch(
    `${world.kernel.url}/api/v2/annotations/${uuid}/media/${randomUUID()}?name=${encodeURIComponent(name)}`,
    {
      method: 'PUT',
      body: body as BodyInit,
      headers: { cookie, origin: world.kernel.url, 'content-type': 'application/octet-stream' },
    },
  );
  expect(response.status, await response.text()).toBe(200);
}
const files = async (uuid: string): Promise<string[]> =>
  (await (await world.kernel.person('anna')).request('GET', `/api/v2/annotations/${uuid}/media`)).body.map(
    ({ name }: { name: string }) => name,
  );

async function show(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
  await page.getByTestId('media-stage').waitFor({ state: 'attached' });
}
/** Where a place of the image is on the screen. */
async function screenOf(page: Page, x: number, y: number): Promise<[number, number]> {
  const canvas = page.getByTestId('canvas');
  const box = await canvas.boundingBox();
  const [cx = 0, cy = 0, downsample = 1] = ((await canvas.getAttribute('data-view')) ?? '').split(',').map(Number);
  return [
    (box?.x ?? 0) + (box?.width ?? 0) / 2 + (x - cx) / downsample,
    (box?.y ?? 0) + (box?.height ?? 0) / 2 + (y - cy) / downsample,
  ];
}
const timeOf = async (player: Locator): Promise<number> =>
  Number(await player.getByTestId('media-time').getAttribute('data-time'));
const isPlaying = (player: Locator, playing: boolean): Promise<void> =>
  player.locator(`[data-testid=media-play][data-playing=${playing}]`).waitFor();
const until = (ask: () => Promise<boolean>): Promise<unknown> => expect.poll(ask, { timeout: 20_000 }).toBe(true);

describe('files of an object', () => {
  it('are played by the plugin where it is on, and by the browser as soon as it is off', async () => {
    const { page, context, complaints } = await world.open('vera');
    await show(page, `/images/${world.imageId}?annotation=${whale}`);
    await page.getByTestId('sound-player').waitFor();
    await world.kernel.enable(world.projectId, 'media-playback', false);
    await page.getByTestId('media-audio').locator('audio').waitFor();
    expect(await page.getByTestId('sound-player').count()).toBe(0);
    expect(await page.getByTestId('media-stage').count()).toBe(0);
    await world.kernel.enable(world.projectId, 'media-playback', true);
    await page.getByTestId('sound-player').waitFor();
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('are heard and seen: a sound is drawn, played, gone through, repeated in part; a picture is enlarged', async () => {
    const { page, context, complaints } = await world.open('anna');
    await show(page, `/images/${world.imageId}?annotation=${whale}`);
    const player = page.getByTestId('sound-player');
    await player.locator('[data-testid=sound-view][data-filled="1.00"]').waitFor();
    expect(Number(await player.getAttribute('data-gain'))).toBeLessThan(1); // a loud tone: brought down
    await player.getByTestId('media-play').click();
    await until(async () => (await timeOf(player)) > 0.1);
    await page.getByTestId('media-said').filter({ hasText: 'Playing, 5 s' }).waitFor({ state: 'attached' });
    await player.getByTestId('media-play').click();
    await isPlaying(player, false);

    // a click in the picture goes there; so do arrows on the slider
    const view = player.getByTestId('sound-view');
    const box = await view.boundingBox();
    const at = (share: number): { x: number; y: number } => ({ x: (box?.width ?? 0) * share, y: 20 });
    await view.click({ position: at(0.5) });
    expect(await timeOf(player)).toBeCloseTo(2.5, 1);
    await player.getByTestId('media-seek').focus();
    await page.keyboard.press('Home');
    expect(await timeOf(player)).toBe(0);

    // a part by a drag, again and again: it never leaves it, and comes back to its beginning
    await player.getByTestId('media-loop').click();
    const [x, y] = [box?.x ?? 0, (box?.y ?? 0) + 20];
    await page.mouse.move(x + at(0.2).x, y);
    await page.mouse.down();
    await page.mouse.move(x + at(0.3).x, y, { steps: 4 });
    await page.mouse.up();
    await player.getByTestId('media-part').waitFor();
    const seen: number[] = [];
    await until(async () => {
      seen.push(await timeOf(player));
      return seen.some((time, i) => i > 0 && time < (seen[i - 1] ?? 0) - 0.1);
    });
    expect(Math.min(...seen)).toBeGreaterThan(0.9);
    expect(Math.max(...seen)).toBeLessThan(1.7);
    await player.getByTestId('media-speed').selectOption('0.5');
    await player.getByTestId('media-part').click();
    await page.getByTestId('canvas').focus();
    await page.keyboard.press('t');
    await isPlaying(player, false);

    await page.keyboard.press('Alt+n'); // the next file: the picture
    await page.keyboard.press('Enter');
    const large = page.getByTestId('picture-large');
    await large.locator('img').evaluate((img: HTMLImageElement) => img.decode());
    const before = await large.getByTestId('picture-percent').textContent();
    await large.getByRole('button', { name: 'Close' }).press('+');
    await expect.poll(() => large.getByTestId('picture-percent').textContent()).not.toBe(before);
    await page.keyboard.press('Escape');
    await large.waitFor({ state: 'detached' });

    const { violations } = await new AxeBuilder({ page }).include('[data-testid=media]').analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('play when an object is selected, or while a key is held over it, unless that is switched off', async () => {
    const { page, context, complaints } = await world.open('vera');
    await show(page, `/images/${world.imageId}?x=1250&y=1450&downsample=1`);
    const [x, y] = await screenOf(page, 1100, 1400);
    await page.mouse.move(x, y);
    await page.locator('[data-testid=media-stage][data-over=audio]').waitFor({ state: 'attached' });
    await page.keyboard.down('p');
    await page.getByTestId('media-held').filter({ hasText: 'call.wav' }).waitFor();
    await page.getByTestId('media-said').filter({ hasText: 'Playing' }).waitFor({ state: 'attached' });
    await page.keyboard.up('p');
    await page.getByTestId('media-held').waitFor({ state: 'detached' });

    await page.mouse.click(x, y);
    const player = page.getByTestId('sound-player').first();
    await isPlaying(player, true);
    await page.keyboard.press('Escape');
    await page.getByTestId('nothing-selected').waitFor();
    await page.getByTestId('media-play-on-select').uncheck();
    await page.mouse.click(x, y);
    await player.locator('[data-testid=sound-view][data-filled="1.00"]').waitFor();
    expect(await player.locator('[data-playing=true]').count()).toBe(0);
    expect(complaints.list).toEqual([]);
    await context.close();
  });

  it('that cannot be heard say so in words, and nowhere a number that is none', async () => {
    const { page, context } = await world.open('vera');
    await show(page, `/images/${world.imageId}?annotation=${mute}`);
    const silent = page.getByTestId('sound-player').first();
    await silent.getByTestId('media-note').filter({ hasText: 'This sound is silent' }).waitFor();
    const broken = page.getByTestId('sound-player').last();
    await broken.getByTestId('media-problem').filter({ hasText: 'cannot be played' }).waitFor();
    expect(await page.getByTestId('media').innerText()).not.toMatch(/NaN|Infinity|undefined/);
    await context.close();
  });
});

describe('a recording', () => {
  it('is an image of time and frequency, on which a box plays its part while a line moves over it', async () => {
    const admin = await world.kernel.person('test-admin', { isAdmin: true });
    const { id } = await world.kernel.image(world.imageSetId, admin, { name: 'calls.wav', bytes: calls });
    const image = (await admin.request('GET', `/api/v2/images/${id}`)).body;
    expect(image).toMatchObject({ axes: { x: { unit: 's' }, y: { unit: 'Hz' } } });
    const columns = 1 / image.axes.x.perPixel;
    const rowOf = (hz: number): number => (hz - image.axes.y.origin) / image.axes.y.perPixel;
    const box = { x: 3 * columns, y: rowOf(3500), width: columns, height: rowOf(2500) - rowOf(3500) };
    await object(id, box);

    const { page, context, complaints } = await world.open('test-admin');
    await show(page, `/images/${id}`);
    await page.locator('[data-testid=media-stage][data-recording=ready]').waitFor({ state: 'attached' });
    await page.getByTestId('ticks-below').getByText('2 s').waitFor();
    await page.getByTestId('ticks-beside').getByText('kHz').first().waitFor();

    await page.mouse.click(...(await screenOf(page, box.x, box.y + box.height / 2)));
    const recording = page.getByTestId('recording');
    await recording.getByTestId('recording-boxes').filter({ hasText: '0:03.00 – 0:04.00, 1 s' }).waitFor();
    await recording.getByTestId('recording-boxes').filter({ hasText: '2.5 kHz – 3.5 kHz' }).waitFor();
    // playing on selecting: from the box's beginning to its end, and the line with it
    const lines: number[] = [];
    await until(async () => {
      const line = await lineOn(page);
      if (line !== undefined && line !== lines.at(-1)) lines.push(line);
      return lines.length >= 3 && (await timeOf(recording)) >= 4 - 0.02;
    });
    await isPlaying(recording, false);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(await timeOf(recording)).toBeCloseTo(4, 1);

    // other colours at once, without a new image
    const before = await page.getByTestId('canvas').screenshot();
    await recording.getByTestId('recording-display').locator('summary').click();
    await recording.getByTestId('recording-display').locator('select').selectOption('grey');
    await expect.poll(async () => before.equals(await page.getByTestId('canvas').screenshot())).toBe(false);
    await recording.getByTestId('recording-facts').locator('summary').click();
    await recording.getByTestId('recording-facts').filter({ hasText: '16,000 Hz' }).waitFor();
    // what the person may not have is told with the reason; what they may have is another image of the set
    await recording.getByTestId('another').locator('summary').click();
    await recording.getByTestId('another').getByLabel('Highest, Hz').fill('20000');
    await recording.getByTestId('another-make').click();
    await recording.getByTestId('another-refusal').waitFor();
    await recording.getByTestId('another').getByLabel('Highest, Hz').fill('4000');
    await recording.getByTestId('another-make').click();
    await recording.getByTestId('another-made').waitFor();
    expect(await page.getByTestId('recording').innerText()).not.toMatch(/NaN|Infinity|undefined/);
    const { violations } = await new AxeBuilder({ page }).include('[data-testid=media-side]').analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    expect(complaints.list.filter((line) => !/status of 422/.test(line))).toEqual([]);
    await context.close();
  });
});

/** Where on the screen the line of the recording is: the column of its sheet that is white from top to bottom. */
const lineOn = (page: Page): Promise<number | undefined> =>
  page.locator('[data-plugin-overlay]').evaluate((canvas: HTMLCanvasElement) => {
    const row = canvas.getContext('2d')?.getImageData(0, Math.round(canvas.height / 2), canvas.width, 1).data;
    for (let x = 0; row && x < canvas.width; x += 1)
      if ((row[x * 4] ?? 0) > 240 && (row[x * 4 + 1] ?? 0) > 240 && (row[x * 4 + 3] ?? 0) > 240) return x;
    return undefined;
  });

describe('many files at once', () => {
  it('go to objects by their names: shown first, with what is wrong, then attached, and not twice', async () => {
    const { page, context, complaints } = await world.open('anna');
    await page.goto(`/projects/${world.projectId}/media-playback:page`);
    const frame = page.getByTestId('attach-page');
    const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer });
    await frame
      .getByTestId('attach-input')
      .setInputFiles([
        file(`take_${whale}.wav`, calls),
        file(`take_${mute}.wav`, calls),
        file(`take_${randomUUID()}.wav`, calls),
        file('notes.txt', Buffer.from('no sound')),
      ]);
    await frame.getByTestId('attach-pattern').locator('input').fill('take_{nothing}');
    await frame.getByTestId('attach-refusal').filter({ hasText: '{nothing}' }).waitFor();
    await frame.getByTestId('attach-pattern').locator('input').fill('take_{uuid}');
    await frame.getByTestId('attach-count-attach').filter({ hasText: '2' }).waitFor();
    expect(await frame.locator('tr[data-outcome=none]').innerText()).toContain('take_');
    expect(await frame.locator('tr[data-outcome=attach]').first().innerText()).toContain('Cell');
    await frame.getByTestId('attach-start').click();
    await frame.getByTestId('attach-tally').filter({ hasText: '2 attached' }).waitFor();
    expect(await files(whale)).toEqual(['call.wav', 'fin.png', `take_${whale}.wav`]);
    expect(await files(mute)).toContain(`take_${mute}.wav`);

    await frame.getByTestId('attach-pattern').locator('input').fill('*_{uuid}');
    await frame.getByTestId('attach-count-known').filter({ hasText: '2' }).waitFor();
    expect(await frame.getByTestId('attach-start').isDisabled()).toBe(true);
    const { violations } = await new AxeBuilder({ page }).include('[data-testid=attach-page]').analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    expect(complaints.list.filter((line) => !/status of 422/.test(line))).toEqual([]);
    await context.close();
  });
});
