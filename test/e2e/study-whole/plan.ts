import sharp from 'sharp';
import type { Rule } from '../../study/numbers.ts';

// What happens in the study: who sees what where, and says what of it. It follows from seeds alone, so that it is the same in each run.

/** The whole is for once a week: `npm run study`. */
export const IS_WHOLE = process.env['EXACT_WHOLE_STUDY'] === '1';
const [taskCount, imageCount, readerCount] = IS_WHOLE ? [3, 4, 4] : [1, 2, 3];
export const TASKS = ['Mitoses', 'Cells', 'Vessels'].slice(0, taskCount);
export const READERS = ['ada', 'ben', 'cleo', 'dan'].slice(0, readerCount);
export const IMAGES_OF_TASK = imageCount;
export const CLASSES = ['Figure', 'Look-alike'] as const;
export const ARMS = ['Without layers', 'With the model'] as const;
export const SEED = 7;

export const RULE: Rule = { k: READERS.length - 1, quorum: 0.5, margin: 1, strict: false, authorCounts: false };
export const STRICT_RULE: Rule = { ...RULE, k: READERS.length, strict: true };

/** Level-0 pixels. */
export const PICTURE = { width: 900, height: 600 };
export const SIDE = 60;
const SITES = Array.from({ length: 5 }, (_, i) => ({ x: 110 + i * 170, y: 160 + (i % 2) * 200 }));
/** What the model has found: the first object, and one that is none. */
export const FOUND_BY_MODEL = [SITES[0] ?? { x: 0, y: 0 }, { x: 450, y: 540 }];

/** Park and Miller's generator. */
export function createChance(seed: number): () => number {
  let state = 20_240_607 + seed * 7_919;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

export const armOf = (reader: number, task: number): 0 | 1 => ((reader + task) % 2 === 0 ? 1 : 0);
export const nameOf = (task: number, image: number): string => `${TASKS[task]?.toLowerCase()}-${image + 1}.png`;
/** On the last image of each task there is nothing to be found. */
export const isEmpty = (image: number): boolean => image === IMAGES_OF_TASK - 1;

/** A box of the default size that a reader places. */
export interface Mark {
  /** Marks of one unit are of one object, those of two are too far apart for that. */
  readonly unit: string;
  /** Place in {@link CLASSES}. */
  readonly class: number;
  readonly x: number;
  readonly y: number;
}

/** What a reader marks on an image: most objects, some of them as the wrong class, some so far off that they are others. */
export function marksOf(reader: number, task: number, image: number): Mark[] {
  if (isEmpty(image)) return [];
  const chance = createChance(1 + reader + 10 * image + 100 * task);
  const marks = SITES.flatMap((site, i): Mark[] => {
    const [isMissed, isOff, isRight, dx, dy] = [chance() < 0.2, chance() < 0.15, chance() < 0.75, chance(), chance()];
    if (isMissed) return [];
    // each reader errs towards another corner, so that no two are wrong about the same place
    const away = isOff ? [reader % 2 === 0 ? -34 : 34, reader < 2 ? -34 : 34] : [0, 0];
    return [
      {
        unit: `${nameOf(task, image)} ${i}${isOff ? ` ${reader}` : ''}`,
        class: (i % 2 === 0) === isRight ? 0 : 1,
        x: site.x + Math.round(dx * 8 - 4) + (away[0] ?? 0),
        y: site.y + Math.round(dy * 8 - 4) + (away[1] ?? 0),
      },
    ];
  });
  return marks.length > 0 ? marks : [{ unit: `${nameOf(task, image)} 0`, class: 0, ...(SITES[0] ?? { x: 0, y: 0 }) }];
}

/** A small picture; no two have the same bytes. */
export function pictureOf(task: number, image: number): Promise<Buffer> {
  const dots = SITES.map(({ x, y }) => `<circle cx="${x}" cy="${y}" r="22" fill="#5b3b8c"/>`).join('');
  const background = `rgb(${230 - image * 8},${200 - task * 8},225)`;
  const { width, height } = PICTURE;
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${background}"/>${isEmpty(image) ? '' : dots}</svg>`,
    ),
  )
    .png()
    .toBuffer();
}
