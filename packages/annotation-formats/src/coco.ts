import { checkedItem, refuse } from './checked-item.ts';
import { outlineMask } from './coco-mask.ts';
import { baseName, isObject, member, readUuid } from './content.ts';
import { FormatError, show } from './format-error.ts';
import { type Entry, note, type Source } from './item.ts';
import { type JsonPart, readJsonParts } from './json-parts.ts';

/** What the four numbers of a `bbox` are: corner and size, as COCO says, or two corners, as some published files have it. */
export type BoxForm = 'size' | 'corners';

/** What is known of a COCO file before its annotations are read. */
export interface CocoIndex {
  readonly images: ReadonlyMap<string, { readonly name: string; readonly width: number; readonly height: number }>;
  readonly categories: ReadonlyMap<string, { readonly name: string; readonly colour?: string }>;
  readonly annotations: number;
  /** How boxes seem to be meant. */
  readonly boxForm: BoxForm;
  /** Boxes that would leave their image if they were read as corner and size. */
  readonly boxesOutside: number;
}

const MAX_INDEX = 1_000_000;
const key = (id: unknown): string => (typeof id === 'string' ? `"${id}` : String(id));

/**
 * First pass over a COCO file: images, classes, and how its boxes are meant. Members may stand in any order.
 *
 * Boxes are taken for two corners when all of them would be boxes that way, and a tenth would leave their image by more than half of
 * it otherwise, or their `area` says so. MIDOG++ is published like that, although its file is COCO else.
 */
export async function indexCoco(source: Source): Promise<CocoIndex> {
  const images = new Map<string, { name: string; width: number; height: number }>();
  const categories = new Map<string, { name: string; colour?: string }>();
  const boxes = new BoxCensus();
  let annotations = 0;
  for await (const part of readJsonParts(source(), (name) => (LISTS.has(name) ? 'each' : 'skip'))) {
    if (images.size + categories.size > MAX_INDEX)
      throw new FormatError('TOO_MANY_ITEMS', `The file names more than ${MAX_INDEX} images and classes.`, part.path);
    const value = 'value' in part ? part.value : undefined;
    if (part.path.startsWith('/images/')) {
      const name = member(value, 'file_name');
      const [width, height] = [member(value, 'width'), member(value, 'height')];
      images.set(key(member(value, 'id')), {
        name: typeof name === 'string' ? baseName(name) : show(member(value, 'id')),
        width: typeof width === 'number' ? width : 0,
        height: typeof height === 'number' ? height : 0,
      });
    } else if (part.path.startsWith('/categories/')) {
      const name = member(value, 'name');
      if (typeof name === 'string') categories.set(key(member(value, 'id')), { name });
    } else {
      annotations += 1;
      boxes.add(value);
    }
  }
  return { images, categories, annotations, ...boxes.judge(images) };
}

const LISTS = new Set(['images', 'categories', 'annotations']);

/** Counts how the boxes of a file would fit; images may stand behind them, so the boxes are kept as numbers. */
class BoxCensus {
  readonly #boxes: { readonly image: string; readonly right: number; readonly bottom: number }[] = [];
  #count = 0;
  #areCorners = true;
  #sizesByArea = 0;
  #cornersByArea = 0;

  add(value: unknown): void {
    const box = member(value, 'bbox');
    if (!Array.isArray(box) || box.length !== 4 || !box.every(Number.isFinite)) return;
    const [x, y, a, b] = box as [number, number, number, number];
    this.#count += 1;
    if (!(a > x && b > y)) this.#areCorners = false;
    const area = member(value, 'area');
    const segmentation = member(value, 'segmentation');
    if (typeof area === 'number' && area > 0 && (!Array.isArray(segmentation) || segmentation.length === 0)) {
      if (Math.abs(a * b - area) <= area * 0.01) this.#sizesByArea += 1;
      else if (Math.abs((a - x) * (b - y) - area) <= area * 0.01) this.#cornersByArea += 1;
    }
    if (this.#boxes.length < MAX_INDEX)
      this.#boxes.push({ image: key(member(value, 'image_id')), right: x + a, bottom: y + b });
  }

  judge(images: CocoIndex['images']): Pick<CocoIndex, 'boxForm' | 'boxesOutside'> {
    let known = 0;
    let outside = 0;
    let farOutside = 0;
    for (const { image, right, bottom } of this.#boxes) {
      const { width = 0, height = 0 } = images.get(image) ?? {};
      if (width <= 0 || height <= 0) continue;
      known += 1;
      if (right > width || bottom > height) outside += 1;
      if (right > width * 1.5 || bottom > height * 1.5) farOutside += 1;
    }
    const isCorners =
      this.#areCorners &&
      this.#count > 0 &&
      (this.#cornersByArea > this.#sizesByArea || (this.#sizesByArea === 0 && known > 0 && farOutside * 10 >= known));
    return { boxForm: isCorners ? 'corners' : 'size', boxesOutside: outside };
  }
}

/** Reads COCO: `images`, `categories`, `annotations`; or a list of results (`image_id`, `category_id`, `bbox` or mask, `score`). */
export async function* readCoco(source: Source, form?: BoxForm): AsyncGenerator<Entry> {
  const index = await indexCoco(source);
  const boxForm = form ?? index.boxForm;
  const isWhole = index.images.size > 0 || index.categories.size > 0;
  for await (const part of readJsonParts(source(), (name) => (name === 'annotations' ? 'each' : 'skip'))) {
    yield* readAnnotation(part, index, boxForm, isWhole);
  }
}

function* readAnnotation(part: JsonPart, index: CocoIndex, boxForm: BoxForm, isWhole: boolean): Generator<Entry> {
  const { path: place } = part;
  if ('code' in part) return yield refuse({ place }, part);
  const { value } = part;
  if (!isObject(value))
    return yield refuse({ place }, { code: 'OBJECT_MISSING', message: `it is ${show(value)}, not an annotation` });
  const [imageId, categoryId] = [member(value, 'image_id'), member(value, 'category_id')];
  const image = index.images.get(key(imageId));
  const category = index.categories.get(key(categoryId));
  if (isWhole && !image)
    return yield refuse(
      { place },
      { code: 'IMAGE_UNKNOWN', message: `image_id ${show(imageId)} is none of the file's ${index.images.size} images` },
    );
  const of = {
    place,
    image: image?.name ?? String(imageId),
    label: category?.name ?? `category ${String(categoryId)}`,
  };
  if (isWhole && !category)
    return yield refuse(of, {
      code: 'CATEGORY_UNKNOWN',
      message: `category_id ${show(categoryId)} is none of the file's ${index.categories.size} classes`,
    });
  const shape = readCocoShape(value, boxForm);
  if (!shape) {
    if (Array.isArray(member(value, 'keypoints'))) return yield note('keypoints', place);
    return yield refuse(of, { code: 'GEOMETRY_KIND', message: 'it has neither a bbox nor a segmentation' });
  }
  if ('code' in shape) return yield refuse(of, shape);
  const uuid = readUuid(member(value, 'uuid')) ?? readUuid(member(value, 'id'));
  const [score, crowd] = [member(value, 'score'), member(value, 'iscrowd')];
  const id = member(value, 'id');
  const coco = {
    ...(typeof id === 'number' || typeof id === 'string' ? { id } : {}),
    ...(crowd === 1 || crowd === true ? { iscrowd: 1 } : {}),
  };
  yield checkedItem({
    ...of,
    shape,
    ...(uuid === undefined ? {} : { uuid }),
    meta: { ...(typeof score === 'number' ? { score } : {}), coco },
  });
}

function readCocoShape(
  value: Readonly<Record<string, unknown>>,
  boxForm: BoxForm,
): object | { code: string; message: string } | undefined {
  const segmentation = member(value, 'segmentation');
  if (isObject(segmentation)) {
    const outline = outlineMask(segmentation);
    return 'polygon' in outline ? outline.polygon : outline;
  }
  if (Array.isArray(segmentation) && segmentation.length > 0)
    return { kind: 'polygon', polygons: segmentation.map((ring: unknown) => [ring]) };
  const box = member(value, 'bbox');
  if (box === undefined || box === null) return undefined;
  if (!Array.isArray(box) || box.length !== 4)
    return { code: 'GEOMETRY_NUMBER', message: `bbox is ${show(box)}; it must be four numbers` };
  const [x, y, a, b] = box as unknown[];
  const [width, height] = boxForm === 'size' ? [a, b] : [(a as number) - (x as number), (b as number) - (y as number)];
  return { kind: 'box', x, y, width, height };
}
