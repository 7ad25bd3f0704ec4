import { readXml, type XmlElement, type XmlProblem } from './xml.ts';

export interface VocBox {
  readonly label: string;
  /** Left, top, width and height in pixels of the image. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface VocFile {
  readonly fileName: string;
  /** Pixels; 0 when the file does not say it. */
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly VocBox[];
  /** Objects that were left out, and everything when the file is no VOC annotation at all. */
  readonly problems: readonly XmlProblem[];
}

/**
 * Reads a Pascal VOC annotation (one XML file for each image).
 *
 * Corners are taken as they stand, as edges: `width = xmax - xmin`. VOC itself counts pixels from 1 and includes the last one,
 * but most tools that write the format today do not, and no file says which it means.
 *
 * @returns what was read and what was not; never throws
 * @see Everingham et al. 2010, "The Pascal Visual Object Classes (VOC) Challenge"
 */
export function readVoc(text: string): VocFile {
  const nothing = { fileName: '', width: 0, height: 0, boxes: [] };
  const xml = readXml(text);
  if ('problem' in xml) return { ...nothing, problems: [xml.problem] };
  const { root } = xml;
  if (root.name !== 'annotation') {
    return {
      ...nothing,
      problems: [{ line: root.line, message: `the root element is <${root.name}>, not <annotation>` }],
    };
  }
  const size = child(root, 'size');
  const width = size ? (numberOf(size, 'width') ?? 0) : 0;
  const height = size ? (numberOf(size, 'height') ?? 0) : 0;
  const boxes: VocBox[] = [];
  const problems: XmlProblem[] = [];
  for (const object of root.children) {
    if (object.name !== 'object') continue;
    const box = readObject(object, width || Infinity, height || Infinity);
    if (typeof box === 'string') problems.push({ line: object.line, message: box });
    else boxes.push(box);
  }
  return { fileName: child(root, 'filename')?.text ?? '', width, height, boxes, problems };
}

/** @returns the box, or why there is none */
function readObject(object: XmlElement, imageWidth: number, imageHeight: number): VocBox | string {
  const label = child(object, 'name')?.text;
  if (!label) return 'the object has no <name>';
  const box = child(object, 'bndbox');
  if (!box) return `"${label}" has no <bndbox>`;
  const corners = ['xmin', 'ymin', 'xmax', 'ymax'].map((name) => numberOf(box, name));
  const [left, top, right, bottom] = corners;
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) {
    return `the box of "${label}" needs xmin, ymin, xmax and ymax as numbers`;
  }
  const shown = corners.join(', ');
  if (right <= left || bottom <= top) return `the box of "${label}" (${shown}) is empty or its corners are swapped`;
  if (left < 0 || top < 0 || right > imageWidth || bottom > imageHeight) {
    return `the box of "${label}" (${shown}) leaves the image of ${imageWidth} × ${imageHeight} pixels`;
  }
  return { label, x: left, y: top, width: right - left, height: bottom - top };
}

const child = (element: XmlElement, name: string): XmlElement | undefined =>
  element.children.find((one) => one.name === name);

function numberOf(element: XmlElement, name: string): number | undefined {
  const text = child(element, name)?.text;
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
