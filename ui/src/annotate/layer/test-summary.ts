import { bounds, overviewCell, overviewGrid } from '@exact/geometry';
import { createRandom } from './test-shapes.ts';
import type { Shape } from './shape-store.ts';
import type { CountGrid, MarkTile, Summary } from './summary.ts';

/** What the server and the store make of shapes that are not loaded, for tests and benchmarks. */
export function summaryOf(shapes: readonly Shape[], level: Summary['level'], extent: number): Summary {
  return { level, marks: level === 'centres' ? [marksOf(shapes)] : [], grid: countsOf(shapes, level, extent) };
}

/** The same of very many without any object for each: as far as a benchmark needs them. */
export function randomSummary(count: number, level: 'centres' | 'overview', extent: number, seed = 1): Summary {
  const random = createRandom(seed);
  const grid = overviewGrid(extent, extent);
  const templateIds = [0, 1, 2, 3, 4];
  const counts = templateIds.map(() => new Uint32Array(grid.columns * grid.rows));
  const tile = emptyTile(level === 'centres' ? count : 0, templateIds);
  for (let i = 0; i < count; i++) {
    const [x, y] = [random() * extent, random() * extent];
    counts[i % 5]![Math.floor(y / grid.cellSize) * grid.columns + Math.floor(x / grid.cellSize)]! += 1;
    if (level !== 'centres') continue;
    tile.x[i] = x;
    tile.y[i] = y;
    tile.size[i] = 30 + 60 * random();
    tile.templateIndex[i] = i % 5;
  }
  const covered = new Uint8Array(grid.columns * grid.rows).fill(level === 'centres' ? 1 : 0);
  return { level, marks: level === 'centres' ? [tile] : [], grid: { ...grid, templateIds, counts, covered } };
}

function emptyTile(count: number, templateIds: readonly number[]) {
  return {
    bounds: { minX: 0, minY: 0, maxX: Infinity, maxY: Infinity },
    count,
    x: new Int32Array(count),
    y: new Int32Array(count),
    size: new Uint16Array(count),
    templateIds,
    templateIndex: new Uint16Array(count),
    flags: new Uint8Array(count),
    hidden: new Uint8Array(count),
    version: 0,
  };
}

function marksOf(shapes: readonly Shape[]): MarkTile {
  const count = shapes.length;
  const templateIds = [...new Set(shapes.map((shape) => shape.templateId))];
  const places = new Map(templateIds.map((id, i) => [id, i]));
  const tile = emptyTile(count, templateIds);
  tile.templateIndex.set(shapes.map((shape) => places.get(shape.templateId) ?? 0));
  shapes.forEach(({ geometry }, i) => {
    const b = bounds(geometry);
    tile.x[i] = Math.floor((b.minX + b.maxX) / 2);
    tile.y[i] = Math.floor((b.minY + b.maxY) / 2);
    tile.size[i] = Math.ceil(Math.max(b.maxX - b.minX, b.maxY - b.minY));
  });
  return tile;
}

function countsOf(shapes: readonly Shape[], level: Summary['level'], extent: number): CountGrid {
  const grid = overviewGrid(extent, extent);
  const cells = grid.columns * grid.rows;
  const counts = new Map<number, Uint32Array>();
  for (const { templateId, geometry } of shapes) {
    const of = counts.get(templateId) ?? new Uint32Array(cells);
    of[overviewCell(grid, bounds(geometry))]! += 1; // a cell of the grid
    counts.set(templateId, of);
  }
  const covered = new Uint8Array(cells).fill(level === 'overview' ? 0 : 1);
  return { ...grid, templateIds: [...counts.keys()], counts: [...counts.values()], covered };
}
