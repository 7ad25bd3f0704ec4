import { bounds, overviewCell, overviewGrid } from '@exact/geometry';
import type { Shape } from './shape-store.ts';
import type { CountGrid, MarkTile, Summary } from './summary.ts';

/** What the server and the store make of shapes that are not loaded, for tests and benchmarks. */
export function summaryOf(shapes: readonly Shape[], level: Summary['level'], extent: number): Summary {
  return { level, marks: level === 'centres' ? [marksOf(shapes)] : [], grid: countsOf(shapes, level, extent) };
}

function marksOf(shapes: readonly Shape[]): MarkTile {
  const count = shapes.length;
  const templateIds = [...new Set(shapes.map((shape) => shape.templateId))];
  const places = new Map(templateIds.map((id, i) => [id, i]));
  const tile = {
    bounds: { minX: 0, minY: 0, maxX: Infinity, maxY: Infinity },
    count,
    x: new Int32Array(count),
    y: new Int32Array(count),
    size: new Uint16Array(count),
    templateIds,
    templateIndex: Uint16Array.from(shapes, (shape) => places.get(shape.templateId) ?? 0),
    flags: new Uint8Array(count),
    hidden: new Uint8Array(count),
    version: 0,
  };
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
