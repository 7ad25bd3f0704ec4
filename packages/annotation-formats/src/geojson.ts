import { checkedItem, refuse } from './checked-item.ts';
import { baseName, isObject, member, readColour, readUuid } from './content.ts';
import { FormatError, show } from './format-error.ts';
import { type Entry, note, type Source } from './item.ts';
import { type JsonPart, readJsonParts } from './json-parts.ts';

const SINGLE = new Set(['type', 'id', 'geometry', 'properties', 'coordinates', 'geometries', 'nucleusGeometry']);

/**
 * Reads GeoJSON as QuPath writes it (pixels, y down): a FeatureCollection, a list of features, one Feature, or a bare geometry.
 *
 * Classes come from `classification` (nested names joined by `: `), else from `label` or `class`, else from the name of the object.
 * What has no home of its own (type of object, lock, plane, measurements) is kept in `meta.qupath`. A nucleus inside a cell is left
 * out with a note. Points and lines of a Multi… become annotations of their own; polygons stay together.
 */
export async function* readGeoJson(source: Source): AsyncGenerator<Entry> {
  const single: Record<string, unknown> = {};
  const wanted = (name: string): 'each' | 'whole' | 'skip' =>
    name === 'features' ? 'each' : SINGLE.has(name) ? 'whole' : 'skip';
  let isCollection = false;
  for await (const part of readJsonParts(source(), wanted)) {
    if (/^\/(features\/)?\d+$/.test(part.path)) {
      isCollection = true;
      yield* readPart(part);
    } else if ('code' in part) yield refuse({ place: part.path }, part);
    else single[part.path.slice(1)] = part.value;
  }
  if (isCollection || Object.keys(single).length === 0 || single['type'] === 'FeatureCollection') return;
  if (single['type'] === 'Feature') yield* readFeature('/', single);
  else if (typeof single['type'] === 'string') yield* readFeature('/', { type: 'Feature', geometry: single });
  else throw new FormatError('FORMAT_MISMATCH', 'The file is no GeoJSON: it has neither "features" nor a "type".');
}

function* readPart(part: JsonPart): Generator<Entry> {
  if ('code' in part) yield refuse({ place: part.path }, part);
  else yield* readFeature(part.path, part.value);
}

function* readFeature(place: string, feature: unknown): Generator<Entry> {
  if (!isObject(feature))
    return yield refuse({ place }, { code: 'OBJECT_MISSING', message: `it is ${show(feature)}, not a feature` });
  const type = member(feature, 'type');
  if (type !== 'Feature') {
    const message = `its type is ${show(type)}, not "Feature"`;
    return yield refuse({ place }, { code: 'OBJECT_MISSING', message });
  }
  const of = describe(place, feature);
  if (member(feature, 'nucleusGeometry') !== undefined) yield note('inner-shape', place);
  const geometry = member(feature, 'geometry');
  if (geometry === null || geometry === undefined) return yield note('without-shape', place);
  const uuid = readUuid(member(feature, 'id'));
  let count = 0;
  for (const shape of readShapes(geometry, `${place === '/' ? '' : place}/geometry`, 0)) {
    const own = { ...of, place: count === 0 ? place : `${place}#${count}` };
    // The id names one shape; further parts of it get ids of their own.
    if ('code' in shape) yield refuse(own, shape);
    else yield checkedItem({ ...own, shape, ...(uuid === undefined || count > 0 ? {} : { uuid }) });
    count += 1;
  }
}

function describe(
  place: string,
  feature: Readonly<Record<string, unknown>>,
): Omit<Parameters<typeof checkedItem>[0], 'shape' | 'uuid'> {
  const properties = member(feature, 'properties');
  const name = text(member(properties, 'name'));
  const { label, colour: ofClass } = readClass(properties);
  const colour = ofClass ?? readColour(member(properties, 'color')) ?? readColour(member(properties, 'colorRGB'));
  const image = text(member(properties, 'image'));
  const qupath: Record<string, unknown> = {};
  const id = member(feature, 'id');
  if (typeof id === 'string' && readUuid(id) === undefined && id !== 'PathAnnotationObject') qupath['id'] = id;
  for (const key of ['objectType', 'isLocked', 'parentId', 'metadata'] as const) {
    const value = member(properties, key);
    if (value !== undefined && value !== false && value !== null) qupath[key] = value;
  }
  const plane = member(member(feature, 'geometry'), 'plane') ?? member(properties, 'plane');
  if (isObject(plane)) qupath['plane'] = plane;
  const measurements = readMeasurements(member(properties, 'measurements'));
  if (measurements) qupath['measurements'] = measurements;
  return {
    place,
    label: label ?? name ?? '',
    ...(colour === undefined ? {} : { colour }),
    ...(image === undefined ? {} : { image: baseName(image) }),
    ...(name === undefined || label === undefined ? {} : { description: name }),
    ...(Object.keys(qupath).length === 0 ? {} : { meta: { qupath } }),
  };
}

const text = (value: unknown): string | undefined => {
  const trimmed = typeof value === 'string' ? value.trim() : '';
  return trimmed === '' ? undefined : trimmed;
};

function readClass(properties: unknown): { readonly label?: string; readonly colour?: string } {
  const classification = member(properties, 'classification');
  const names = member(classification, 'names');
  const label =
    (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string')
      ? text(names.map((name: string) => name.trim()).join(': '))
      : undefined) ??
    text(member(classification, 'name')) ??
    text(classification) ??
    text(member(properties, 'label')) ??
    text(member(properties, 'class'));
  const colour = readColour(member(classification, 'color')) ?? readColour(member(classification, 'colorRGB'));
  return {
    ...(label === undefined
      ? {}
      : {
          label: label
            .split(':')
            .map((name) => name.trim())
            .join(': '),
        }),
    ...(colour === undefined ? {} : { colour }),
  };
}

/** Measurements by name, of either form: a list of `{ name, value }`, or an object. */
function readMeasurements(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const pairs: (readonly [string, unknown])[] = Array.isArray(value)
    ? value.flatMap((entry: unknown) => {
        const name = member(entry, 'name');
        return typeof name === 'string' ? [[name, member(entry, 'value')] as const] : [];
      })
    : isObject(value)
      ? Object.entries(value)
      : [];
  const numbers = pairs.filter(([name, number]) => typeof number === 'number' && name !== '__proto__');
  return numbers.length === 0 ? undefined : Object.fromEntries(numbers);
}

type Failure = { readonly code: string; readonly message: string };

/** Shapes of a GeoJSON geometry: one for each point and line, one for all polygons of a MultiPolygon. */
function* readShapes(geometry: unknown, path: string, depth: number): Generator<object | Failure> {
  const type = member(geometry, 'type');
  const coordinates = member(geometry, 'coordinates');
  const at = `${path}/coordinates`;
  const list = (inner: (value: unknown, path: string) => object | Failure): (object | Failure)[] =>
    Array.isArray(coordinates) && coordinates.length > 0
      ? coordinates.map((value: unknown, i) => inner(value, `${at}/${i}`))
      : [fail(`${at} is ${show(coordinates)}; it must be a list that is not empty`)];
  switch (type) {
    case 'Point':
      return yield toPoint(coordinates, at);
    case 'MultiPoint':
      return yield* list(toPoint);
    case 'LineString':
      return yield toLine(coordinates, at);
    case 'MultiLineString':
      return yield* list(toLine);
    case 'Polygon':
      return yield toPolygon([coordinates], at, () => at);
    case 'MultiPolygon':
      if (!Array.isArray(coordinates))
        return yield fail(`${at} is ${show(coordinates)}; it must be a list of polygons`);
      return yield toPolygon(coordinates, at, (i) => `${at}/${i}`);
    case 'GeometryCollection': {
      const parts = member(geometry, 'geometries');
      if (!Array.isArray(parts) || depth > 3)
        return yield fail(
          `${path}/geometries is ${depth > 3 ? 'nested too deep' : show(parts)}; it must be a list of geometries`,
        );
      for (const [i, inner] of parts.entries()) yield* readShapes(inner, `${path}/geometries/${i}`, depth + 1);
      return;
    }
    default:
      yield {
        code: 'GEOMETRY_KIND',
        message: `the type at ${path} is ${show(type)}; known are Point, LineString, Polygon, their Multi… forms and GeometryCollection`,
      };
  }
}

const fail = (message: string): Failure => ({ code: 'GEOMETRY_NUMBER', message });

function toPoint(value: unknown, path: string): object | Failure {
  const points = flatten([value], path, 0);
  return Array.isArray(points) ? { kind: 'point', x: points[0], y: points[1] } : points;
}

function toLine(value: unknown, path: string): object | Failure {
  const points = flatten(value, path);
  return Array.isArray(points) ? { kind: 'line', points } : points;
}

function toPolygon(polygons: readonly unknown[], path: string, pathOf: (i: number) => string): object | Failure {
  const read: number[][][] = [];
  for (const [i, rings] of polygons.entries()) {
    if (!Array.isArray(rings) || rings.length === 0)
      return fail(`${pathOf(i)} is ${show(rings)}; a polygon is a list of rings`);
    const flat: number[][] = [];
    for (const [j, ring] of rings.entries()) {
      const points = flatten(ring, `${pathOf(i)}/${j}`);
      if (!Array.isArray(points)) return points;
      flat.push(points);
    }
    read.push(flat);
  }
  return read.length === 0 ? fail(`${path} holds no polygon`) : { kind: 'polygon', polygons: read };
}

/** Positions as x0, y0, x1, y1, …; heights are dropped. */
function flatten(value: unknown, path: string, only?: number): number[] | Failure {
  if (!Array.isArray(value)) return fail(`${path} is ${show(value)}; it must be a list of positions`);
  const points: number[] = [];
  for (const [i, position] of value.entries()) {
    const [x, y] = Array.isArray(position) ? (position as unknown[]) : [];
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      const where = only === i ? path : `${path}/${i}`;
      return fail(`${where} is ${show(position)}; a position is [x, y] in pixels`);
    }
    points.push(x as number, y as number);
  }
  return points;
}
