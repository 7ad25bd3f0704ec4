import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Annotation } from '@exact/sdk/contract';
import type { TestPerson } from '@exact/sdk/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginVerifying, drive } from '../load/verification/drive.ts';
import { scatter } from '../load/verification/slide.ts';
import { SMALL_SLIDE } from '../server-process.ts';
import { makeWorld, type World } from './world.ts';

const COUNT = 48;

let world: World;
let anna: TestPerson;
let ben: TestPerson;
let mitosis: number;
/** What ben has accepted in the first test. */
let accepted: string;

beforeAll(async () => {
  world = await makeWorld();
  anna = await world.kernel.person('anna');
  ben = await world.kernel.person('ben');
  await world.kernel.enable(world.projectId, 'verification', true);
  const project = `/api/v2/projects/${world.projectId}`;
  await anna.request('PUT', `${project}/members/${ben.principal.userId}`, { role: 'verifier' });
  const { body: products } = await anna.request('GET', `${project}/products`);
  const made = await anna.request('POST', `${project}/products/${products[0].id}/templates`, {
    ...{ name: 'Mitosis', kind: 'box' },
  });
  mitosis = made.body.id;
  await scatter(anna, world.imageId, world.templates.cell, COUNT);
});
afterAll(() => world?.close());

const setMode = (collaboration: string) =>
  anna.request('PATCH', `/api/v2/projects/${world.projectId}`, { collaboration });
const ask = (who: TestPerson, method: string, path: string, body?: object) =>
  who.request(method, `/api/v2/projects/${world.projectId}/plugins/verification${path}`, body);
const opinionOf = async (who: TestPerson, uuid: string) =>
  (await ask(who, 'GET', `/images/${world.imageId}/opinions/${uuid}`)).body;
const stored = async (uuid: string): Promise<Annotation> =>
  (await anna.request('GET', `/api/v2/annotations/${uuid}`)).body as Annotation;
const allSent = (page: Page): Promise<void> =>
  page.locator('[data-testid=verification-side][data-unsent="0"]').waitFor();
const shownIs = (page: Page, uuid: string): Promise<void> =>
  page.locator(`[data-testid=verification-side][data-shown="${uuid}"]`).waitFor();
const shown = async (page: Page): Promise<string> =>
  (await page.getByTestId('verification-side').getAttribute('data-shown')) ?? '';

describe('verifying by keyboard', () => {
  it('takes more than forty second opinions one after the other, each on the object that was shown', async () => {
    await setMode('secondOpinion');
    const { page, complaints } = await world.open('ben');
    await beginVerifying(page, world.imageId);
    const keys = Array.from({ length: 42 }, (_, i) => ['j', 'k', 'u'][i % 3] ?? 'j');
    const made = await drive(page, keys);
    await allSent(page);
    expect(new Set(made.map(({ annotation }) => annotation)).size).toBe(42);
    const verdicts = await Promise.all(
      made.map(async ({ annotation }) => (await opinionOf(ben, annotation)).mine.verdict),
    );
    expect(verdicts).toEqual(keys.map((key) => ({ j: 'accept', k: 'reject', u: 'unsure' })[key]));
    expect((await ask(ben, 'GET', '/queue')).body).toMatchObject({ total: COUNT, done: 42 });
    accepted = made[0]?.annotation ?? '';

    // another class by its key (it is the fourth), another shape by handles and arrows, and back again
    const relabelled = await shown(page);
    await page.keyboard.press('4');
    await page.locator(`[data-testid=verification-side]:not([data-shown="${relabelled}"])[data-shown]`).waitFor();
    const reshaped = await shown(page);
    const before = await stored(reshaped);
    await page.keyboard.press('e');
    await page.getByTestId('verification-confirm').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('verification-accept').waitFor();
    await page.keyboard.press('e');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowUp');
    await page.keyboard.press('Enter');
    await page.locator(`[data-testid=verification-side]:not([data-shown="${reshaped}"])[data-shown]`).waitFor();
    await allSent(page);
    expect((await opinionOf(ben, relabelled)).mine).toMatchObject({ verdict: 'relabel', templateId: mitosis });
    const { mine } = await opinionOf(ben, reshaped);
    expect(mine).toMatchObject({ verdict: 'reshape', geometry: { kind: 'box' } });
    expect(mine.geometry).not.toEqual(before.geometry);
    expect(await stored(reshaped)).toEqual(before);

    await page.keyboard.press('Control+z');
    await shownIs(page, reshaped);
    await allSent(page);
    expect((await opinionOf(ben, reshaped)).mine).toBeNull();
    await page.keyboard.press('b');
    await shownIs(page, relabelled);
    await page.getByTestId('verification-standing').waitFor();
    // a drag that slips is a proposal, not a change of the annotation
    const canvas = await page.getByTestId('canvas').boundingBox();
    const [x, y] = [(canvas?.x ?? 0) + (canvas?.width ?? 0) / 2, (canvas?.y ?? 0) + (canvas?.height ?? 0) / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 30, y + 10, { steps: 4 });
    await page.mouse.up();
    await page.getByTestId('verification-confirm').waitFor();
    expect((await stored(relabelled)).revision).toBe(1);
    await page.keyboard.press('q');
    await page.getByTestId('verification-accept').waitFor();
    await page.keyboard.press('q');
    await page.getByTestId('verification-start').waitFor();
    expect(complaints.list).toEqual([]);
    await page.context().close();
  });

  it('decides disputes with a reason, and writes the outcome from the page of the project', async () => {
    const { page, complaints } = await world.open('anna');
    const disputed = accepted;
    const other = await world.kernel.person('test-admin', { isAdmin: true });
    await ask(other, 'POST', `/images/${world.imageId}/votes`, {
      ...{ voteId: crypto.randomUUID(), annotation: disputed, revision: 1, verdict: 'reject', activeMs: 1 },
    });
    expect((await opinionOf(anna, disputed)).standing.state).toBe('disputed');

    await page.goto(`/projects/${world.projectId}/verification:page`);
    await page.getByTestId('verification-review').click();
    await shownIs(page, disputed);
    await page.getByTestId('verification-standing').filter({ hasText: 'disputed' }).waitFor();
    await page.keyboard.press('k');
    await page.getByTestId('verification-reason').locator('input').fill('No nucleus in focus');
    await page.keyboard.press('Enter');
    await page.locator(`[data-testid=verification-side]:not([data-shown="${disputed}"])[data-shown]`).waitFor();
    expect((await opinionOf(anna, disputed)).standing).toMatchObject({
      state: 'adjudicated',
      decisions: [{ reason: 'No nucleus in focus' }],
    });

    await page.goto(`/projects/${world.projectId}/verification:page`);
    await page.getByTestId('verification-open').click();
    await page.getByTestId('verification-dry').click();
    await page
      .getByTestId('verification-applied')
      .filter({ hasText: 'Would be written: 0 accepted, 1 rejected' })
      .waitFor();
    await page.getByTestId('verification-apply').click();
    await page
      .getByTestId('verification-applied')
      .filter({ hasText: /^Written: 0 accepted, 1 rejected/ })
      .waitFor();
    expect((await stored(disputed)).verification?.verdict).toBe('rejected');
    expect(complaints.list).toEqual([]);
    await page.context().close();
  });

  it('gives verdicts on the annotations where people work together, and ends an image', async () => {
    await setMode('cooperative');
    const { page, complaints } = await world.open('ben');
    await beginVerifying(page, world.imageId);
    const first = await shown(page);
    const [, second] = await drive(page, ['j', 'k', 'j']);
    const fourth = await shown(page);
    await page.keyboard.press('4');
    await page.locator(`[data-testid=verification-side]:not([data-shown="${fourth}"])[data-shown]`).waitFor();
    await page.locator('[data-testid=save-state][data-state=saved]').waitFor();
    expect((await stored(first)).verification).toMatchObject({ verdict: 'accepted', userId: ben.principal.userId });
    expect((await stored(second?.annotation ?? '')).verification?.verdict).toBe('rejected');
    expect(await stored(fourth)).toMatchObject({ templateId: mitosis, verification: { verdict: 'accepted' } });
    await page.keyboard.press('Control+z');
    await shownIs(page, fourth);
    await page.locator('[data-testid=save-state][data-state=saved]').waitFor();
    const undone = await stored(fourth);
    expect([undone.templateId, undone.verification]).toEqual([world.templates.cell, undefined]);

    await page.keyboard.press('q');
    await page.getByTestId('verification-complete').click();
    await page.getByTestId('verification-said').filter({ hasText: 'left without your verdict' }).waitFor();
    await page.getByTestId('verification-all').click();
    await page.getByTestId('verification-said').filter({ hasText: 'accepted' }).waitFor();
    await page.getByTestId('verification-complete').click();
    await page.locator('[data-testid=verification-record][data-outcome=complete]').waitFor();
    // the refusal above is all that the browser may complain about
    expect(complaints.list.filter((line) => !/status of 409/.test(line))).toEqual([]);
    await page.context().close();
  });

  it('says that an object is shown only when its tiles are there', async () => {
    const { page } = await world.open('vera');
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/tiles/**', (route) => released.then(() => route.continue()));
    await page.goto(`/images/${world.imageId}`);
    await page.locator('[data-testid=stage][data-loading=ready]').waitFor();
    await page.getByTestId('canvas').focus();
    await page.keyboard.press('Shift+V');
    // vera only looks: all of them have their verdict by now
    await page.getByTestId('verification-note').waitFor();
    await page.getByTestId('verification-which').click();
    await page.getByRole('option', { name: 'all', exact: true }).click();
    await page.getByTestId('verification-start').click();
    await page.locator('[data-testid=verification-side][data-current]').waitFor();
    await page.evaluate(async () => {
      for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame);
    });
    expect(await page.getByTestId('verification-side').getAttribute('data-shown')).toBeNull();
    release();
    await page.locator('[data-testid=verification-side][data-shown]').waitFor();
    expect(await page.getByTestId('verification-accept').isDisabled()).toBe(true);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.context().close();
  });

  it('leads from image to image, keeps votes while the server is away, and takes one back on the image before', async () => {
    const { id: secondId } = await world.kernel.image(world.imageSetId, anna, {
      name: 'second.svs',
      bytes: await readFile(SMALL_SLIDE),
    });
    const others = await scatter(anna, secondId, world.templates.cell, 3);
    const [last = ''] = await scatter(anna, world.imageId, world.templates.cell, 1, 9);
    await setMode('secondOpinion');
    await ask(anna, 'PUT', '/voting', { isOpen: true });
    const { page, complaints } = await world.open('ben');
    // all but the newest on the first image have ben's vote or another's verdict; the project goes on on the second
    const { body } = await ask(ben, 'GET', `/queue?imageId=${world.imageId}`);
    for (const { annotation, revision } of body.items.filter(
      (item: { annotation: string }) => item.annotation !== last,
    ))
      await ask(ben, 'POST', `/images/${world.imageId}/votes`, {
        ...{ voteId: crypto.randomUUID(), annotation, revision, verdict: 'accept', activeMs: 1 },
      });
    await page.goto(`/projects/${world.projectId}/verification:page`);
    await page.getByTestId('verification-go').click();
    await shownIs(page, last);
    let tries = 0;
    await page.route('**/votes', (route) => {
      tries += 1;
      return route.abort();
    });
    await page.keyboard.press('j');
    await page.waitForURL(`**/images/${secondId}*`);
    await page.locator('[data-testid=verification-side][data-shown]').waitFor();
    expect(others).toContain(await shown(page));
    await page.getByText('1 votes are not sent yet').waitFor();
    expect((await opinionOf(ben, last)).mine).toBeNull();
    // after the fifth try the next one is eight seconds away: what sends the vote before is the button
    await expect.poll(() => tries, { timeout: 20_000 }).toBe(5);
    await page.unroute('**/votes');
    await page.getByRole('button', { name: 'Try now' }).click();
    await allSent(page);
    expect((await opinionOf(ben, last)).mine.verdict).toBe('accept');
    await page.keyboard.press('Control+z');
    await page.waitForURL(`**/images/${world.imageId}*`);
    await shownIs(page, last);
    await allSent(page);
    await expect.poll(async () => (await opinionOf(ben, last)).mine).toBeNull();
    // the aborted requests above are all that the browser may complain about
    expect(complaints.list.filter((line) => !/ERR_FAILED/.test(line))).toEqual([]);
    await page.context().close();
  });

  it.each(['dark', 'light'] as const)('is accessible: panel and page, %s', async (scheme) => {
    const { page } = await world.open('anna', { scheme });
    const check = async (place: string): Promise<void> => {
      const { violations } = await new AxeBuilder({ page }).include(place).analyze();
      const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(bad.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    };
    await page.goto(`/projects/${world.projectId}/verification:page`);
    await page.getByTestId('verification-progress').waitFor();
    await check('[data-testid=verification-page]');
    await beginVerifying(page, world.imageId);
    await check('[data-testid=verification-side]');
    await page.context().close();
  });
});
