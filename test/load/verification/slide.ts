import { randomUUID } from 'node:crypto';
import type { TestPerson } from '@exact/sdk/testing';
import { createRandom } from '../random.ts';

/** Scatters boxes of cells' size over an image. @returns their ids, in the order of making */
export async function scatter(
  person: TestPerson,
  imageId: number,
  templateId: number,
  count: number,
  seed = 1,
): Promise<string[]> {
  const { body: image } = await person.request('GET', `/api/v2/images/${imageId}`);
  const random = createRandom(seed);
  const create = Array.from({ length: count }, () => ({
    uuid: randomUUID(),
    templateId,
    geometry: {
      kind: 'box',
      x: Math.floor(random() * (image.width - 60)),
      y: Math.floor(random() * (image.height - 60)),
      width: 30 + Math.floor(random() * 30),
      height: 30 + Math.floor(random() * 30),
    },
  }));
  const answer = await person.request('POST', `/api/v2/images/${imageId}/annotations/changes`, {
    changeId: randomUUID(),
    create,
  });
  if (answer.status !== 200) throw new Error(`Drawing answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return create.map(({ uuid }) => uuid);
}
