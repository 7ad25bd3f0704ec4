import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

// Showing a part of the annotations: in the panel, by keys, by address and by name, while two people work.

let world: World;
let counter = 0;
const uuidOf = (i: number): string => `01980000-0000-7000-8000-${String(i).padStart(12, '0')}`;

beforeAll(async () => {
  world = await makeWorld();
  const [anna, ben] = [await world.kernel.person('anna'), await world.kernel.person('ben')];
  const change = (person: typeof anna, body: object) =>
    person.request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, {
      changeId: crypto.randomUUID(),
      ...body,
    });
  const box = (i: number) => ({
    kind: 'box',
    x: 900 + 40 * (i % 10),
    y: 1300 + 40 * Math.floor(i / 10),
    width: 30,
    height: 30,
  });
  const cell = (i: number, more: object = {}) => ({
    uuid: uuidOf(i),
    templateId: world.templates.cell,
    geometry: box(i),
    ...more,
  });
  await change(anna, {
    create: [
      ...[0, 1, 2, 3].map((i) => cell(i)),
      cell(4, { description: 'Mitosis?', meta: { stain: 'HE' } }),
      { uuid: uuidOf(5), templateId: world.templates.nucleus, geometry: { kind: 'point', x: 1500, y: 1500 } },
    ],
  });
  await change(ben, { create: [10, 11, 12].map((i) => cell(i, { meta: { grade: 3 } })) });
  await change(anna, { verify: [{ uuid: uuidOf(0), revision: 1, verdict: 'accepted' }] });
});
afterAll(() => world?.close());

async function open(username: string, query = ''): Promise<{ page: Page; complaints: readonly string[] }> {
  const { page, complaints } = await world.open(username);
  await page.goto(`/images/${world.imageId}?x=1110&y=1480&zoom=2${query}`);
  await page.locator('[data-testid=stage][data-loading=ready]').waitFor({ timeout: 60_000 });
  return { page, complaints: complaints.list };
}
const shows = (page: Page, text: string): Promise<void> =>
  page.locator('[data-testid=filter-chip][data-loading=false]', { hasText: text }).waitFor();
const showsAll = async (page: Page, count: number): Promise<void> => {
  await page.getByTestId('filter-chip').waitFor({ state: 'detached' });
  await page
    .getByTestId('annotation-total')
    .filter({ hasText: new RegExp(`^${count} annotation`) })
    .waitFor();
};
const address = (page: Page) => new URL(page.url()).searchParams;
const saved = (page: Page): Promise<void> => page.locator('[data-testid=save-state][data-state=saved]').waitFor();

describe('the filter of the shown annotations', () => {
  it('combines class, person, verdict, text and meta data; the address says it, and a link shows the same', async () => {
    const { page, complaints } = await open('anna');
    await showsAll(page, 9);
    await page.keyboard.press('Control+Shift+F');
    await page.waitForFunction(() => document.activeElement?.closest('[data-testid=filter-class]'));
    await page.keyboard.press('Enter');
    await page.getByTestId(`filter-class-${world.templates.cell}`).check();
    await shows(page, '8 of 9 shown');
    await page.getByTestId('filter-verdict').selectOption('none');
    await shows(page, '7 of 9 shown');
    expect(await page.getByTestId(`template-${world.templates.cell}`).getByTestId('template-count').innerText()).toBe(
      '7 / 8',
    );
    const { body: ben } = await (await world.kernel.person('ben')).request('GET', '/api/v2/me');
    await page.getByTestId('filter-author').locator('summary').click();
    await page.getByTestId(`filter-author-${ben.id}`).check();
    await shows(page, '3 of 9 shown');
    await page.getByTestId('filter-meta-key').fill('grade');
    await page.getByTestId('filter-meta-value').fill('3');
    await page.getByTestId('filter-meta-add').click();
    await page.getByTestId('filter-text').fill('grade');
    await shows(page, '3 of 9 shown');
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    await expect
      .poll(() => Object.fromEntries(address(page)))
      .toMatchObject({
        class: String(world.templates.cell),
        author: String(ben.id),
        verdict: 'none',
        meta: 'grade=3',
        text: 'grade',
      });

    const link = new URL(page.url());
    const { page: other } = await open(
      'ben',
      `&${[...link.searchParams]
        .map(([name, value]) => (['x', 'y', 'zoom'].includes(name) ? '' : `${name}=${encodeURIComponent(value)}`))
        .filter(Boolean)
        .join('&')}`,
    );
    await shows(other, '3 of 9 shown');
    await other.keyboard.press('Control+Shift+F');
    expect(await other.getByTestId('filter-verdict').inputValue()).toBe('none');

    await page.getByTestId('canvas').focus();
    await page.keyboard.press('Alt+Shift+F');
    await showsAll(page, 9);
    await expect.poll(() => [...address(page).keys()].sort()).toEqual(['x', 'y', 'zoom']);
    expect(complaints).toEqual([]);
  });

  it('follows what another person does, and keeps one’s own work in sight until it is put down', async () => {
    const { page: anna } = await open('anna', '&verdict=none');
    const { page: ben } = await open('ben', `&class=${world.templates.nucleus}`);
    await shows(anna, '8 of 9 shown');
    await shows(ben, '1 of 9 shown');
    await anna.keyboard.press('Alt+PageDown');
    await anna.waitForURL(/annotation=/);
    await anna.getByTestId('accept').click();
    await shows(anna, '7 of 9 shown');
    await saved(anna);

    // Ben draws a cell while only nuclei are shown: it stays, and is told apart
    await ben.getByTestId('panel-templates').getByText('Cell', { exact: true }).click();
    await ben.keyboard.press('r');
    const canvas = await ben.getByTestId('canvas').boundingBox();
    if (!canvas) throw new Error('The canvas is not on the page.');
    await ben.mouse.move(canvas.x + canvas.width * 0.7, canvas.y + canvas.height * 0.7);
    await ben.mouse.down();
    await ben.mouse.move(canvas.x + canvas.width * 0.75, canvas.y + canvas.height * 0.78, { steps: 4 });
    await ben.mouse.up();
    await shows(ben, '1 of 10 shown · 1 more in work');
    await saved(ben);
    await shows(anna, '8 of 10 shown');
    await ben.keyboard.press('Escape');
    await ben.keyboard.press('Escape');
    await shows(ben, '1 of 10 shown · 1 more in work');
    await ben.getByTestId('filter-chip-clear').click();
    await showsAll(ben, 10);
    await ben.keyboard.press('Control+z');
    await showsAll(ben, 9);
    await shows(anna, '7 of 9 shown');
  });

  it('is kept under a name in the account, found by the palette, and forgotten again', async () => {
    const { page } = await open('ben', '&verdict=accepted');
    const name = `Accepted ${++counter}`;
    await page.keyboard.press('Control+Shift+F');
    await page.getByTestId('filter-name').fill(name);
    await page.getByTestId('filter-save').click();
    await page.getByTestId('saved-filter').filter({ hasText: name }).waitFor();
    const { page: elsewhere } = await open('ben');
    await showsAll(elsewhere, 9);
    await elsewhere.keyboard.press('Control+K');
    await elsewhere.getByTestId('palette-input').fill(name);
    await elsewhere.getByTestId('palette').getByText(name, { exact: true }).waitFor();
    await elsewhere.keyboard.press('Enter');
    await shows(elsewhere, 'of 9 shown');
    expect(address(elsewhere).get('verdict')).toBe('accepted');
    const { page: anna } = await open('anna');
    await anna.keyboard.press('Control+Shift+F');
    await anna.getByTestId('filter-verdict').waitFor();
    expect(await anna.getByTestId('saved-filter').count()).toBe(0);
    await elsewhere.keyboard.press('Control+Shift+F');
    await elsewhere.getByTestId('forget-filter').click();
    await elsewhere.getByTestId('saved-filter').waitFor({ state: 'detached' });
  });

  it('says what it does not know or understand, and shows it as such', async () => {
    const { page } = await open(
      'anna',
      '&class=999999&author=777777&createdFrom=2026-05-02T00:00Z&createdTo=2026-05-01T00:00Z&verdict=perhaps',
    );
    await page.getByText('createdTo=2026-05-01T00:00Z').waitFor();
    await shows(page, '0 of 9 shown');
    await page.keyboard.press('Control+Shift+F');
    await page.getByTestId('filter-class').getByText('Class 999999, not in the project').first().waitFor();
    await page.getByTestId('filter-author').getByText('Person 777777, not in the project').first().waitFor();
    await page.getByTestId('filter-createdTo').fill('2020-01-01');
    await page.getByTestId('filter-problem').waitFor();
    expect(address(page).get('createdTo')).not.toBe('2020-01-01');
    await page.getByTestId('filter-createdTo').fill('');
    await page.getByTestId('filter-problem').waitFor({ state: 'detached' });
    await page.getByTestId('filter-clear').click();
    await showsAll(page, 9);
  });

  it('goes along to the next image and through its own annotations only', async () => {
    const { page } = await open('anna', `&class=${world.templates.nucleus}`);
    await page.keyboard.press('Alt+PageDown');
    await page.waitForURL(new RegExp(`annotation=${uuidOf(5)}`));
    await page.keyboard.press('Alt+PageDown');
    await page
      .getByText('From the beginning')
      .waitFor({ timeout: 2000 })
      .catch(() => undefined);
    expect(page.url()).toContain(uuidOf(5));
    const link = await page.getByTestId('image-list').getByRole('link').first().getAttribute('href');
    expect(link).toContain(`class=${world.templates.nucleus}`);
  });

  it('finds by its id what it leaves out, and shows it as long as it is selected', async () => {
    const { page } = await open('anna', `&class=${world.templates.nucleus}`);
    await page.goto(`/images/${world.imageId}?annotation=${uuidOf(1)}&class=${world.templates.nucleus}`);
    await shows(page, '1 of 9 shown · 1 more in work');
    await page.getByTestId('inspector').waitFor();
    await page.getByTestId('canvas').focus();
    await page.keyboard.press('Escape');
    await page
      .getByTestId('filter-chip')
      .getByRole('button', { name: /^1 of 9 shown$/ })
      .waitFor();
  });
});
