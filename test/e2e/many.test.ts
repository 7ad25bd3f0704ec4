import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

// More annotations than are loaded at once: counts, marks and shapes in the running program, by real pointer input.

const [COLUMNS, ROWS, STEP, SIZE] = [200, 260, 11, 6];
const TOTAL = COLUMNS * ROWS;
const UUID = (i: number): string => `01980000-0000-7000-8000-${String(i).padStart(12, '0')}`;

let world: World;
beforeAll(async () => {
  world = await makeWorld();
}, 120_000);
afterAll(() => world?.close());

it('shows, selects, changes and follows annotations of which not all are loaded', { timeout: 180_000 }, async () => {
  const { page, person, complaints } = await world.open('anna');
  await importGrid(person.cookie);
  await page.goto(`/images/${world.imageId}`);
  const total = page.getByTestId('annotation-total');
  const shows = (level: string, count: number) =>
    page
      .locator(`[data-testid=annotation-total][data-level=${level}][data-complete=true]`, {
        hasText: count.toLocaleString('en'),
      })
      .waitFor({ timeout: 30_000 });
  await shows('centres', TOTAL);

  // a click on a mark loads and selects what it stands for; deleting it and taking that back count at once
  const middle = (n: number): number => n * STEP + SIZE / 2;
  const at = await place(page, middle(100), middle(130));
  await page.mouse.click(at.x, at.y);
  await page.waitForURL(/annotation=/);
  expect(page.url()).toContain(`annotation=${UUID(130 * COLUMNS + 100)}`);
  await page.keyboard.press('Delete');
  await shows('centres', TOTAL - 1);
  await page.keyboard.press('Control+z');
  await shows('centres', TOTAL);

  // further in there are outlines, and what somebody else does appears
  await page.mouse.move(at.x, at.y);
  for (let i = 0; i < 8; i++) await page.mouse.wheel(0, -120);
  await shows('shapes', TOTAL);
  const ben = await world.kernel.person('ben');
  await ben.request('POST', `/api/v2/images/${world.imageId}/annotations/changes`, {
    changeId: crypto.randomUUID(),
    create: [
      {
        uuid: crypto.randomUUID(),
        templateId: world.templates.cell,
        geometry: { kind: 'box', x: 1100, y: 1430, width: 20, height: 20 },
      },
    ],
  });
  await shows('shapes', TOTAL + 1);

  // a permalink to one that the view does not show
  await page.goto(`/images/${world.imageId}?annotation=${UUID(5)}`);
  await total.waitFor();
  await page.waitForFunction(() => new URL(location.href).searchParams.has('zoom'));
  await shows('shapes', TOTAL + 1);
  await page.waitForURL(new RegExp(UUID(5))); // the address follows what is selected by half a second
  expect(complaints.list).toEqual([]);
});

async function importGrid(cookie: string): Promise<void> {
  const lines = Array.from({ length: TOTAL }, (_, i) => {
    const [x, y] = [(i % COLUMNS) * STEP, Math.floor(i / COLUMNS) * STEP];
    const geometry = { kind: 'box', x, y, width: SIZE, height: SIZE };
    return JSON.stringify({ uuid: UUID(i), templateId: world.templates.cell, geometry });
  });
  const path = `${world.kernel.url}/api/v2/images/${world.imageId}/annotations/import`;
  const started = await fetch(path, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  const { importId } = (await started.json()) as { importId: string };
  await expect
    .poll(
      async () =>
        ((await (await fetch(`${path}s/${importId}`, { headers: { cookie } })).json()) as { created?: number }).created,
      {
        timeout: 60_000,
      },
    )
    .toBe(TOTAL);
}

/** A level-0 place on the page. */
async function place(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  const canvas = page.getByTestId('canvas');
  const box = await canvas.boundingBox();
  const [centerX = 0, centerY = 0, downsample = 1] = ((await canvas.getAttribute('data-view')) ?? '')
    .split(',')
    .map(Number);
  if (!box) throw new Error('The canvas is not on the page.');
  return {
    x: box.x + box.width / 2 + (x - centerX) / downsample,
    y: box.y + box.height / 2 + (y - centerY) / downsample,
  };
}
