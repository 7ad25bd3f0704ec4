import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Collaboration } from '@exact/sdk/contract';
import { createTestKernel, type TestKernel, type TestPerson } from '@exact/sdk/testing';
import sharp from 'sharp';

const folder = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** A project with the plugin: boss manages, ada and ben annotate, eve is elsewhere. */
export interface Stage {
  readonly kernel: TestKernel;
  readonly id: number;
  readonly imageSetId: number;
  readonly people: Readonly<Record<'boss' | 'ada' | 'ben' | 'eve', TestPerson>>;
  readonly templates: Readonly<Record<'call' | 'click', number>>;
  add(name: string, bytes: Uint8Array): Promise<number>;
  ask(who: TestPerson, method: string, path: string, body?: unknown): ReturnType<TestPerson['request']>;
  /** As a player asks, with headers of its own. */
  fetch(who: TestPerson | undefined, path: string, headers?: Record<string, string>): Promise<Response>;
  /** A box on an image. */
  draw(who: TestPerson, imageId: number, template?: 'call' | 'click'): Promise<string>;
  attach(who: TestPerson, uuid: string, name: string, bytes: Uint8Array): Promise<{ status: number; body: any }>; // eslint-disable-line @typescript-eslint/no-explicit-any -- JSON, read by tests
  mode(mode: Collaboration): Promise<void>;
  /** Colours of a column of level 0, from the top down. */
  column(imageId: number, x: number): Promise<readonly (readonly [number, number, number])[]>;
  settings(settings: object): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const kernel = await createTestKernel({
    plugins: [folder('media-playback'), folder('format-tiff'), folder('format-image')],
  });
  const [boss, ada, ben, eve] = await Promise.all(['boss', 'ada', 'ben', 'eve'].map((name) => kernel.person(name)));
  if (!boss || !ada || !ben || !eve) throw new Error('there are four people');
  const { id, imageSetId } = await kernel.project({ boss: 'manager', ada: 'annotator', ben: 'annotator' });
  await kernel.enable(id, 'media-playback', true);
  const post = async (path: string, body: object): Promise<number> => {
    const answer = await boss.request('POST', `/api/v2/projects/${id}${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body.id as number;
  };
  const productId = await post('/products', { name: 'Whales' });
  const template = (name: string): Promise<number> => post(`/products/${productId}/templates`, { name, kind: 'box' });
  const templates = { call: await template('Pulsed call'), click: await template('Click') };
  const base = `/api/v2/projects/${id}/plugins/media-playback`;

  return {
    kernel,
    id,
    imageSetId,
    people: { boss, ada, ben, eve },
    templates,
    add: async (name, bytes) => (await kernel.image(imageSetId, boss, { name, bytes })).id,
    ask: (who, method, path, body) => who.request(method, `${base}${path}`, body),
    fetch: (who, path, headers = {}) =>
      fetch(`${kernel.url}${path.startsWith('/api') ? path : base + path}`, {
        headers: { ...(who ? { cookie: who.cookie } : {}), ...headers },
      }),
    async draw(who, imageId, name = 'call') {
      const uuid = `${randomUUID().slice(0, 28)}${who.principal.userId.toString(16).padStart(8, '0')}`;
      const geometry = { kind: 'box', x: 10, y: 20, width: 30, height: 40 };
      const answer = await who.request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
        changeId: randomUUID(),
        create: [{ uuid, templateId: templates[name], geometry }],
      });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      return uuid;
    },
    async attach(who, uuid, name, bytes) {
      const answer = await fetch(
        `${kernel.url}${base}/annotations/${uuid}/attachments?name=${encodeURIComponent(name)}`,
        {
          method: 'PUT',
          headers: { cookie: who.cookie, 'content-type': 'application/octet-stream' },
          body: Buffer.from(bytes),
        },
      );
      return { status: answer.status, body: await answer.json() };
    },
    async mode(mode) {
      const answer = await boss.request('PATCH', `/api/v2/projects/${id}`, { collaboration: mode });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    },
    async column(imageId, x) {
      const { body: image } = await boss.request('GET', `/api/v2/images/${imageId}`);
      const colours: [number, number, number][] = [];
      for (let row = 0; row * 256 < image.height; row++) {
        const tile = await fetch(`${kernel.url}/api/v2/images/${imageId}/tiles/0/${Math.floor(x / 256)}/${row}`, {
          headers: { cookie: boss.cookie },
        });
        if (!tile.ok) throw new Error(await tile.text());
        const pixels = await sharp(Buffer.from(await tile.arrayBuffer()))
          .removeAlpha()
          .raw()
          .toBuffer();
        for (let y = 0; y < Math.min(256, image.height - row * 256); y++) {
          const at = (y * 256 + (x % 256)) * 3;
          colours.push([pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0]);
        }
      }
      return colours;
    },
    async settings(settings) {
      const answer = await boss.request('PUT', `/api/v2/projects/${id}/plugins/media-playback`, {
        enabled: true,
        settings,
      });
      if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    },
    close: () => kernel.close(),
  };
}
