import { GeometryError } from './errors.ts';
import type { Bounds } from './geometry.ts';
import { openSections, placeSections } from './sections.ts';

/** First four bytes of an overview: "EXO1", read as a little-endian number. */
const MAGIC = 0x31_4f_58_45;
const HEADER_BYTES = 40;
/** Sides of the grid at most, so that a cell number has 14 bits. */
const MAX_SIDE = 128;
const MIN_CELL_SIZE = 16;
const SPARSE = 0x100;

/**
 * From this length of a side of its box on (level-0 pixels) a shape is drawn as a shape also when the whole slide is in
 * view: the overview counts it as `large`, and the frames' filter `large` finds all of them.
 */
export const LARGE_PX = 1024;

/** The grid that an image is counted on. */
export interface OverviewGrid {
  /** Side of a cell in level-0 pixels, a power of two of 16 and more. */
  readonly cellSize: number;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Gives the side of the cells that an image is counted on, in level-0 pixels: the smallest power of two, at least 16, that
 * makes at most 128 columns and rows. It depends on the size alone, so server, database and browser agree without asking.
 *
 * @param width - of level 0, in pixels, as `height`
 */
export function overviewCellSize(width: number, height: number): number {
  let cellSize = MIN_CELL_SIZE;
  while (cellSize * MAX_SIDE < Math.max(width, height)) cellSize *= 2;
  return cellSize;
}

/**
 * Gives the grid of an image, with cells of {@link overviewCellSize}.
 *
 * @param width - of level 0, in pixels; 0 for an image whose pixels are not read yet: it has no cells
 */
export function overviewGrid(width: number, height: number): OverviewGrid {
  if (width <= 0 || height <= 0) return { cellSize: MIN_CELL_SIZE, columns: 0, rows: 0 };
  const cellSize = overviewCellSize(width, height);
  return { cellSize, columns: Math.ceil(width / cellSize), rows: Math.ceil(height / cellSize) };
}

/**
 * Gives the cell that a shape is counted in: that of the middle of its bounding box, row by row from the top left; beyond the
 * edge of the image the nearest one.
 *
 * @param bounds - level-0 pixels
 * @returns -1 when the grid has no cells
 */
export function overviewCell({ cellSize, columns, rows }: OverviewGrid, bounds: Bounds): number {
  if (columns === 0) return -1;
  const place = (min: number, max: number, count: number): number =>
    Math.min(Math.max(Math.floor((min + max) / 2 / cellSize), 0), count - 1);
  return place(bounds.minY, bounds.maxY, rows) * columns + place(bounds.minX, bounds.maxX, columns);
}

/** What an overview is made from. */
export interface OverviewSource extends OverviewGrid {
  readonly templates: readonly {
    readonly templateId: number;
    /** All annotations of the template, also those without a place (labels of the whole image). */
    readonly total: number;
    /** One count a cell, row by row from the top left. */
    readonly counts: Uint32Array;
  }[];
  readonly large: number;
  /** Revision that the counts show; a whole number of 0 to 2^53 - 1 (default 0: not told). */
  readonly cursor?: number;
}

/** Exact numbers of annotations per template and cell: what is drawn when the shapes are smaller than a pixel. */
export interface Overview extends OverviewGrid {
  readonly templateIds: Uint32Array;
  /** Of each template, labels of the whole image included: they have no cell, so the counts of the cells may be less. */
  readonly totals: Uint32Array;
  readonly total: number;
  /** Shapes with a side of {@link LARGE_PX} and more. */
  readonly large: number;
  /** 0: not told. */
  readonly cursor: number;
  /**
   * Gives the counts of one template, one a cell, row by row from the top left; a new array at each call.
   *
   * @throws {@link GeometryError} `GEOMETRY_OVERVIEW` when there is no such template
   */
  countsOf(templateIndex: number): Uint32Array;
}

/**
 * Makes an overview (layout: README). Each template is stored densely or as pairs of cell and count, in 1, 2 or 4 bytes a
 * count, whatever is shortest; equal counts give equal bytes.
 *
 * @throws {@link GeometryError} `GEOMETRY_OVERVIEW` when counts do not fit the grid
 */
export function encodeOverview({ cellSize, columns, rows, templates, large, cursor = 0 }: OverviewSource): Uint8Array {
  const cells = columns * rows;
  const forms = templates.map(({ templateId, counts }) => {
    if (counts.length !== cells)
      throw new GeometryError(
        'GEOMETRY_OVERVIEW',
        `Template ${templateId} has counts of ${counts.length} cells; the grid has ${cells}.`,
      );
    return chooseForm(counts);
  });
  const layout = layOut(forms, cells);
  const bytes = new Uint8Array(layout.end);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, layout.end, true);
  [cellSize, columns, rows, templates.length, large].forEach((value, i) => header.setUint32(8 + 4 * i, value, true));
  header.setFloat64(32, cursor, true);
  const table = new Uint32Array(bytes.buffer, HEADER_BYTES, 4 * templates.length);
  templates.forEach(({ templateId, total, counts }, i) => {
    const form = forms[i]!; // made from the same list
    const { cellsAt, countsAt } = layout.sections[i]!;
    [templateId, total, form.width | (form.isSparse ? SPARSE : 0), form.entries].forEach((value, column) => {
      table[column * templates.length + i] = value;
    });
    const target = new ARRAYS[form.width](bytes.buffer, countsAt, form.entries);
    if (!form.isSparse) return target.set(counts);
    const places = new Uint16Array(bytes.buffer, cellsAt, form.entries);
    let entry = 0;
    for (let cell = 0; cell < cells; cell++) {
      if (counts[cell] === 0) continue;
      places[entry] = cell;
      target[entry++] = counts[cell]!;
    }
  });
  return bytes;
}

/**
 * Opens an overview.
 *
 * @throws {@link GeometryError} `GEOMETRY_OVERVIEW` when it is none, cut short or damaged
 */
export function decodeOverview(data: ArrayBuffer | Uint8Array): Overview {
  const { bytes, header } = openSections(data, { magic: MAGIC, headerBytes: HEADER_BYTES, damaged });
  const [cellSize, columns, rows, count, large] = [8, 12, 16, 20, 24].map((at) => header.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (columns > MAX_SIDE || rows > MAX_SIDE || (columns === 0) !== (rows === 0) || cellSize < MIN_CELL_SIZE)
    throw damaged(`its grid is ${columns} × ${rows} cells of ${cellSize} px`);
  if (HEADER_BYTES + 16 * count > bytes.length) throw damaged(`it has no room for ${count} templates`);
  const cells = columns * rows;
  const table = new Uint32Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, 4 * count);
  const [templateIds, totals, kinds, entries] = [0, 1, 2, 3].map((column) =>
    table.subarray(column * count, (column + 1) * count),
  ) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const forms = Array.from(kinds, (kind, i) => readForm(kind, entries[i]!, cells));
  const { sections, end } = layOut(forms, cells);
  if (end !== bytes.length) throw damaged(`${count} templates do not make ${bytes.length} bytes`);

  const placesOf = (index: number): Uint16Array =>
    new Uint16Array(bytes.buffer, bytes.byteOffset + sections[index]!.cellsAt, forms[index]!.entries);
  forms.forEach((form, index) => {
    if (!form.isSparse) return;
    let last = -1;
    for (const place of placesOf(index)) {
      if (place <= last || place >= cells) throw damaged('its cells are not in order');
      last = place;
    }
  });
  return {
    cellSize,
    columns,
    rows,
    templateIds,
    totals,
    total: totals.reduce((sum, total) => sum + total, 0),
    large,
    cursor: header.getFloat64(32, true),
    countsOf(index) {
      const form = forms[index];
      const section = sections[index];
      if (!form || !section)
        throw new GeometryError('GEOMETRY_OVERVIEW', `There is no template ${index} in an overview of ${count}.`);
      const counts = new ARRAYS[form.width](bytes.buffer, bytes.byteOffset + section.countsAt, form.entries);
      if (!form.isSparse) return Uint32Array.from(counts);
      const all = new Uint32Array(cells);
      placesOf(index).forEach((place, entry) => (all[place] = counts[entry]!));
      return all;
    },
  };
}

const ARRAYS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array } as const;

interface Form {
  readonly width: keyof typeof ARRAYS;
  readonly isSparse: boolean;
  readonly entries: number;
}

function chooseForm(counts: Uint32Array): Form {
  let max = 0;
  let filled = 0;
  for (const count of counts) {
    if (count > max) max = count;
    if (count > 0) filled++;
  }
  const width = max < 2 ** 8 ? 1 : max < 2 ** 16 ? 2 : 4;
  const isSparse = filled * (2 + width) < counts.length * width;
  return { width, isSparse, entries: isSparse ? filled : counts.length };
}

function readForm(kind: number, entries: number, cells: number): Form {
  const width = kind & 0xff;
  const isSparse = (kind & SPARSE) !== 0;
  if ((width !== 1 && width !== 2 && width !== 4) || kind > (SPARSE | 4))
    throw damaged(`it has counts of form ${kind}`);
  if (isSparse ? entries > cells : entries !== cells) throw damaged(`it has ${entries} counts in a grid of ${cells}`);
  return { width, isSparse, entries };
}

function layOut(
  forms: readonly Form[],
  cells: number,
): { readonly sections: readonly { readonly cellsAt: number; readonly countsAt: number }[]; readonly end: number } {
  if (forms.some(({ entries }) => entries > cells)) throw damaged('it has more counts than cells');
  const { offsets, end } = placeSections(
    HEADER_BYTES + 16 * forms.length,
    forms.flatMap(({ width, isSparse, entries }) => [isSparse ? 2 * entries : 0, width * entries]),
  );
  return { sections: forms.map((_, i) => ({ cellsAt: offsets[2 * i]!, countsAt: offsets[2 * i + 1]! })), end };
}

function damaged(reason: string): GeometryError {
  return new GeometryError('GEOMETRY_OVERVIEW', `This is no overview of annotations: ${reason}. Load it again.`);
}
