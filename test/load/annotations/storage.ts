import { randomUUID } from 'node:crypto';

import { createPolygons, exactShaped } from './polygons.ts';
import type { World } from './world.ts';

/** Bytes an annotation takes in the database, indexes included. */
export interface Storage {
  /** Ours: row, indexes, history, counts of the overview. */
  readonly ours: number;
  /** Ours by table, with its indexes. */
  readonly tables: Readonly<Record<string, number>>;
  /** A table with the columns and indexes of the original EXACT: coordinates as jsonb. */
  readonly exact: number;
}

const PIECE = 2000;

export async function measureStorage({ sql, images }: World, count: number): Promise<Storage> {
  const { rows: sizes } = await sql.query<{ name: string; bytes: string }>(
    `select relname as name, pg_total_relation_size(c.oid) as bytes from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'core' and c.relkind = 'r' and relname like 'annotation%'`,
  );
  const { rows: counted } = await sql.query<{ n: number }>(
    'select count(*)::int as n from core.annotation where image_id = $1',
    [images.large],
  );
  const n = counted[0]?.n ?? 1;
  const tables = Object.fromEntries(sizes.map(({ name, bytes }) => [name, Number(bytes) / n]));

  // Django makes an index for each foreign key.
  await sql.query(`create table public.exact_annotation (
    id serial primary key, vector jsonb, image_id int not null, annotation_type_id int not null, user_id int, last_editor_id int,
    time timestamptz not null default now(), last_edit_time timestamptz not null default now(), deleted boolean not null default false,
    description text not null default '', unique_identifier uuid not null, meta_data jsonb);
    create index on public.exact_annotation (image_id); create index on public.exact_annotation (annotation_type_id);
    create index on public.exact_annotation (user_id); create index on public.exact_annotation (last_editor_id)`);
  const polygons = createPolygons();
  for (let done = 0; done < count; done += PIECE) {
    const vectors = Array.from({ length: Math.min(PIECE, count - done) }, () =>
      JSON.stringify(exactShaped(polygons.next(), 1, '')['vector']),
    );
    await sql.query(
      `insert into public.exact_annotation (vector, image_id, annotation_type_id, user_id, last_editor_id, unique_identifier)
       select v, 1, 3, 1, 1, u from unnest($1::jsonb[], $2::uuid[]) as t(v, u)`,
      [vectors, vectors.map(() => randomUUID())],
    );
  }
  const { rows } = await sql.query<{ bytes: string }>(
    `select pg_total_relation_size('public.exact_annotation') as bytes`,
  );
  await sql.query('drop table public.exact_annotation');
  const ours = Object.values(tables).reduce((sum, bytes) => sum + bytes, 0);
  return { ours, tables, exact: Number(rows[0]?.bytes) / count };
}
