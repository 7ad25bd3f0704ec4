import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { wav } from '../../core/src/media/samples.testing.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MARKUP_PAYLOADS, packed } from './markup-payloads.ts';
import { makeWorld, type World } from './world.ts';

let world: World;
let selected: readonly string[] = [];

beforeAll(async () => {
  world = await makeWorld();
  const { kernel, projectId, imageSetId, imageId, templates } = world;
  const admin = await kernel.person('test-admin');
  const names = packed(200);
  const text = packed(10_000).join('').slice(0, 10_000);
  const send = async (method: string, path: string, body: object): Promise<{ id: number }> => {
    const answer = await admin.request(method, `/api/v2${path}`, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  await send('PATCH', `/projects/${projectId}`, { name: names[0], description: text });
  const product = await send('POST', `/projects/${projectId}/products`, { name: names[1], description: text });
  for (const [index, name] of names.entries()) {
    await send('POST', `/projects/${projectId}/products/${product.id}/templates`, {
      name,
      kind: 'box',
      description: MARKUP_PAYLOADS[index],
    });
    await send('POST', `/projects/${projectId}/image-sets`, {
      name,
      description: MARKUP_PAYLOADS[index],
      tags: MARKUP_PAYLOADS.slice(index * 3, index * 3 + 3).map((payload) => payload.slice(0, 64)),
    });
  }
  for (const [index, name] of names.slice(0, 10).entries()) {
    await send('POST', '/users', { username: `user${index}`, displayName: name, password: randomUUID() });
    await send('POST', '/teams', { name });
  }
  const bytes = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  for (const [index, name] of names.slice(0, 10).entries()) {
    const { id } = await kernel.image(imageSetId, admin, { name: `${index} ${name.slice(0, 150)}.png`, bytes });
    await send('PATCH', `/images/${id}`, { privateName: name, tags: [MARKUP_PAYLOADS[index]?.slice(0, 64)] });
  }
  await send('PATCH', `/images/${imageId}`, { privateName: names[2] });
  await send('PATCH', `/projects/${projectId}/templates/${templates.cell}`, {
    attributeSchema: {
      attributes: [
        ...names.slice(0, 15).map((label, index) => ({ key: `text${index}`, type: 'text', label })),
        { key: 'choices', type: 'choices', label: 'List', options: names },
        { key: 'number', type: 'number', label: 'Number', unit: '<i>x</i>', required: true },
      ],
    },
  });
  const create = MARKUP_PAYLOADS.map((payload, index) => ({
    uuid: randomUUID(),
    templateId: templates.cell,
    geometry: { kind: 'box', x: (index % 20) * 100, y: Math.floor(index / 20) * 100, width: 60, height: 60 },
    description: payload,
    meta: {
      [payload]: payload,
      nested: [{ html: payload }],
      attributes: { text0: payload, choices: names.slice(0, 3), [payload.slice(0, 100)]: payload },
    },
  }));
  await send('POST', `/images/${imageId}/annotations/changes`, { changeId: randomUUID(), create });
  selected = [0, 90, 180].flatMap((index) => create[index]?.uuid ?? []);
  for (const uuid of selected) {
    for (const name of names.slice(0, 3)) {
      const file = `/annotations/${uuid}/media/${randomUUID()}`;
      await fetch(`${kernel.url}/api/v2${file}?name=${encodeURIComponent(name)}`, {
        method: 'PUT',
        headers: { cookie: admin.cookie },
        body: wav() as BodyInit,
      });
      await send('PATCH', file, { caption: name });
    }
  }
}, 120_000);
afterAll(() => world?.close());

/** Whether text was read as markup anywhere, or ran, or the page's policy had to stop something. */
async function traces(page: Page): Promise<unknown[]> {
  return page.evaluate(() => {
    const page = window as unknown as { pwned?: unknown; violations?: string[] };
    const read = [...document.querySelectorAll('[data-injected]')].map((element) => element.outerHTML);
    return [...read, ...(page.violations ?? []), ...(page.pwned === undefined ? [] : ['a payload ran'])];
  });
}

it('shows 300 texts with markup in every field as they were written, in every view, and the policy of the page stays silent', async () => {
  const { page, context, complaints } = await world.open('test-admin');
  await page.addInitScript(() => {
    const page = window as unknown as { violations: string[] };
    page.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      page.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  page.on('dialog', (dialog) => complaints.list.push(`dialog: ${dialog.message()}`) && void dialog.dismiss());
  const { projectId, imageSetId, imageId } = world;
  const { request } = await world.kernel.person('test-admin');
  const pages = [
    'label-statistics:usage',
    'study-modes:page',
    'verification:page',
    'annotation-import:page',
    'agreement:page',
    'cell-scores:page',
    'eiph-score:page',
    'screening:page',
    'media-playback:page',
  ];
  for (const id of pages)
    await request('PUT', `/api/v2/projects/${projectId}/plugins/${id.split(':')[0]}`, { enabled: true });
  const screening = `/api/v2/projects/${projectId}/plugins/screening`;
  for (const name of packed(200).slice(0, 10)) {
    const { body: plan } = await request('POST', `${screening}/images/${imageId}/plans`, {
      ...{ requestId: randomUUID(), name, field: { by: 'px', width: 800, height: 800 } },
      view: { width: 800, height: 800 },
    });
    for (const field of [0, 1]) await request('PUT', `${screening}/plans/${plan.id}/marks/${field}`, { note: name });
  }

  for (const path of [
    '/projects',
    `/projects/${projectId}/images`,
    `/projects/${projectId}/templates`,
    `/projects/${projectId}/members`,
    `/projects/${projectId}/together`,
    ...pages.map((id) => `/projects/${projectId}/${id}`),
    `/image-sets/${imageSetId}`,
    `/images/${imageId}`,
    '/admin/users',
    '/admin/teams',
    '/account',
  ]) {
    await page.goto(path);
    await page.waitForLoadState('networkidle');
    expect([path, ...(await traces(page))]).toEqual([path]);
  }
  await page.goto(`/projects/${projectId}/media-playback:page`);
  await page
    .getByTestId('attach-input')
    .setInputFiles(packed(100).map((name) => ({ name: `${name}.wav`, mimeType: 'audio/wav', buffer: wav() })));
  await page.getByTestId('attach-plan').waitFor();
  expect(['attach', ...(await traces(page))]).toEqual(['attach']);
  for (const uuid of selected) {
    await page.goto(`/images/${imageId}?annotation=${uuid}`);
    await page.locator('[data-testid=stage][data-loading=ready]').waitFor();
    await page.getByTestId('inspector').waitFor();
    await page.getByTestId('media-audio').nth(2).waitFor();
    await page.getByTestId('history').locator('summary').click();
    await page.waitForLoadState('networkidle');
    expect([uuid, ...(await traces(page))]).toEqual([uuid]);
  }
  expect(complaints.list).toEqual([]);
  await context.close();
}, 120_000);
