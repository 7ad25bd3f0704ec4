import { GRID, type PolygonGeometry } from '../geometry.ts';
import { ringArea2 } from '../orient.ts';
import { isClean } from './clean.ts';
import { openRing, requirePositive, withEachPart, type Ring } from './rings.ts';
import { simplifyRings } from './simplify.ts';

/** Samples a standard deviation of the filter, and how many of these the filter reaches to either side. */
const SAMPLES = 4;
const REACH = 3;
/** The filter is at most this part of the way round, so that small rings keep their form. */
const MAX_SHARE = 1 / 16;
const MAX_SAMPLES = 20_000;
const TRIES = 6;

/**
 * Rounds the outline of a polygon: points at equal distances, each the mean of its neighbours along the outline (a
 * Gaussian), then moved back outwards until the area is that of before. What is much wider than `strength` stays where it is.
 *
 * @param strength - standard deviation along the outline, in level-0 pixels; wobbles shorter than about six of it vanish
 * @returns a clean polygon with the same parts and holes; a part that would cross itself is rounded less, or not at all
 */
export function smooth(polygon: PolygonGeometry, strength: number): PolygonGeometry {
  requirePositive(strength, 'strength');
  return withEachPart(polygon, (rings) => smoothPart(rings, strength * GRID));
}

function smoothPart(rings: Ring[], strength: number): Ring[] {
  let sigma = strength;
  for (let attempt = 0; attempt < TRIES; attempt++, sigma /= 2) {
    const smoothed = rings.map((ring) => smoothRing(ring, sigma));
    const isSame = smoothed.every((ring, r) => ring.length >= 6 && ringArea2(ring) > 0 === ringArea2(rings[r]!) > 0);
    if (isSame && isClean(smoothed)) return simplifyRings(smoothed, Math.max(0.5, sigma / 30));
  }
  return rings;
}

function smoothRing(ring: Ring, strength: number): Ring {
  const length = perimeter(ring);
  const sigma = Math.min(strength, length * MAX_SHARE);
  // Samples nearer than a grid step would fall together again.
  const count = Math.min(MAX_SAMPLES, length, Math.max(Math.ceil((length / sigma) * SAMPLES), 12)) | 0;
  if (count < 6) return ring;
  const filtered = filter(resample(ring, length, count), (sigma * count) / length);
  const smoothed = restoreArea(filtered, ringArea2(ring) / 2);
  const out: Ring = [];
  for (let i = 0; i < smoothed.length; i += 2) {
    const x = Math.round(smoothed[i]!) + 0;
    const y = Math.round(smoothed[i + 1]!) + 0;
    if (out.length === 0 || x !== out[out.length - 2] || y !== out[out.length - 1]) out.push(x, y);
  }
  return openRing(out);
}

function perimeter(ring: readonly number[]): number {
  let sum = 0;
  for (let i = 0, h = ring.length - 2; i < ring.length; h = i, i += 2) {
    sum += Math.hypot(ring[i]! - ring[h]!, ring[i + 1]! - ring[h + 1]!);
  }
  return sum;
}

/** Gives `count` points at equal distances along a ring. */
function resample(ring: readonly number[], length: number, count: number): number[] {
  const out: number[] = [];
  let walked = 0;
  for (let i = 0; i < ring.length && out.length < 2 * count; i += 2) {
    const j = i + 2 < ring.length ? i + 2 : 0;
    const [dx, dy] = [ring[j]! - ring[i]!, ring[j + 1]! - ring[i + 1]!];
    const edge = Math.hypot(dx, dy);
    for (let next = (out.length / 2) * (length / count); next < walked + edge && out.length < 2 * count;) {
      const part = (next - walked) / edge;
      out.push(ring[i]! + part * dx, ring[i + 1]! + part * dy);
      next = (out.length / 2) * (length / count);
    }
    walked += edge;
  }
  return out;
}

/** Takes the Gaussian mean round the ring; `sigma` in samples. */
function filter(points: readonly number[], sigma: number): number[] {
  const count = points.length / 2;
  const reach = Math.min(Math.ceil(REACH * sigma), Math.floor((count - 1) / 2));
  const weights = Array.from({ length: reach + 1 }, (_, i) => Math.exp((-i * i) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, weight, i) => sum + (i === 0 ? weight : 2 * weight), 0);
  const out = new Array<number>(points.length);
  for (let i = 0; i < count; i++) {
    let [x, y] = [0, 0];
    for (let k = -reach; k <= reach; k++) {
      const j = (i + k + count) % count;
      const weight = weights[Math.abs(k)]!;
      x += weight * points[2 * j]!;
      y += weight * points[2 * j + 1]!;
    }
    out[2 * i] = x / total;
    out[2 * i + 1] = y / total;
  }
  return out;
}

/** Moves a ring along its normals until it has the (signed) area; each round leaves about a hundredth of what is missing. */
function restoreArea(ring: number[], area: number): number[] {
  let current = ring;
  for (let round = 0; round < 3; round++) {
    const missing = area - signedArea(current);
    const step = missing / perimeter(current);
    if (!Number.isFinite(step)) return current;
    current = moveOut(current, step);
  }
  return current;
}

function signedArea(ring: readonly number[]): number {
  let sum = 0;
  for (let i = 0, h = ring.length - 2; i < ring.length; h = i, i += 2) {
    sum += ring[h]! * ring[i + 1]! - ring[h + 1]! * ring[i]!;
  }
  return sum / 2;
}

/** Moves each point away from the left of the way (outwards for a positive ring). */
function moveOut(ring: readonly number[], distance: number): number[] {
  const out = new Array<number>(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    const before = i === 0 ? ring.length - 2 : i - 2;
    const after = i + 2 < ring.length ? i + 2 : 0;
    const [dx, dy] = [ring[after]! - ring[before]!, ring[after + 1]! - ring[before + 1]!];
    const length = Math.hypot(dx, dy) || 1;
    out[i] = ring[i]! + (dy / length) * distance;
    out[i + 1] = ring[i + 1]! - (dx / length) * distance;
  }
  return out;
}
