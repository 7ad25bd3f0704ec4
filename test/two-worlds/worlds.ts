import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestPerson, ToyPlugin } from '@exact/sdk/testing';
import sharp from 'sharp';
import { type BootedKernel, bootTestKernel } from '../../core/src/testing.ts';
import { leakyPlugin } from './leaks.ts';

const PLUGINS = fileURLToPath(new URL('../../plugins/', import.meta.url));
/** What brings data sets or reads files of images has no say in who sees what; the others are on in every story. */
const NOT_OF_PROJECTS = ['demo-datasets', 'format-image', 'format-tiff'];

/** People of one lane: who reads blind, who else works in the same projects, and who manages them. */
export const LANE_ROLES = ['reader', 'annotator', 'verifier', 'manager'] as const;
export type LaneRole = (typeof LANE_ROLES)[number];
export type Lane = Readonly<Record<LaneRole, TestPerson>>;

/** One of the two: a whole platform with a database of its own. */
export interface World {
  readonly name: 'A' | 'B';
  readonly kernel: BootedKernel;
  readonly lanes: readonly Lane[];
  readonly teamId: number;
  /** Of a project that nobody of the lanes is in. */
  readonly foreign: { readonly projectId: number; readonly imageSetId: number; readonly imageId: number };
  /** A real image, whose files the images of all stories share. */
  readonly pixelsOf: number;
  /** Plugins that are on in every story. */
  readonly plugins: readonly string[];
}

const FOREIGN_IMAGE = `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version, width, height)
  values ($1, 'foreign', 'x', 'failed', 'images/00/x', 1, '\\x00', 'v', 100, 100) returning id`;

/** Boots a world. Two worlds are made by the same steps in the same order, so what they hold has the same ids. */
export async function openWorld(name: World['name'], laneCount: number): Promise<World> {
  const folders = readdirSync(PLUGINS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const ids = folders.map((entry) => entry.name).sort();
  const toy: ToyPlugin = leakyPlugin;
  const kernel = await bootTestKernel({ plugins: [...ids.map((id) => PLUGINS + id), toy] });
  const lanes: Lane[] = [];
  for (let n = 0; n < laneCount; n++) {
    const people: Partial<Record<LaneRole, TestPerson>> = {};
    for (const role of LANE_ROLES) people[role] = await kernel.person(`${role}${n}`);
    lanes.push(people as Lane);
  }
  const home = await kernel.project(Object.fromEntries(lanes.map((_, n) => [`manager${n}`, 'manager'] as const)));
  const [first] = lanes;
  if (!first) throw new Error('There is no lane.');
  const png = await sharp({ create: { width: 96, height: 64, channels: 3, background: '#a05070' } })
    .png()
    .toBuffer();
  const { id: pixelsOf } = await kernel.image(home.imageSetId, first.manager, { name: 'made.png', bytes: png });
  const away = await kernel.project({ stranger: 'manager' });
  const { sql } = kernel.platform.database;
  const [image] = await sql.query<{ id: number }>(FOREIGN_IMAGE, [away.imageSetId]);
  const [team] = await sql.query<{ id: number }>('select team_id as id from core.project where id = $1', [home.id]);
  for (const { reader, annotator, verifier } of lanes)
    for (const { principal } of [reader, annotator, verifier])
      await sql.query('insert into core.team_member (team_id, user_id) values ($1, $2) on conflict do nothing', [
        team?.id,
        principal.userId,
      ]);
  return {
    name,
    kernel,
    lanes,
    teamId: team?.id ?? 0,
    foreign: { projectId: away.id, imageSetId: away.imageSetId, imageId: image?.id ?? 0 },
    pixelsOf,
    plugins: [...ids.filter((id) => !NOT_OF_PROJECTS.includes(id)), toy.id],
  };
}
