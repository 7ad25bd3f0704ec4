import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestServices } from '../test-support.ts';
import { createFolderDriver } from './folder-driver.ts';
import { newKey } from './keys.ts';
import { sweepStorage } from './sweep.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'exact-storage-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}
const allFiles = () => readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

describe('folder storage', () => {
  it('gives back what was written, in parts too', async () => {
    const storage = createFolderDriver(root);
    const key = newKey('images');
    expect(key).toMatch(/^images\/([0-9a-f]{2})\/\1/);
    expect(await storage.write(key, chunks('hello ', 'world'))).toEqual({ sizeBytes: 11 });
    expect(Buffer.from(await storage.read(key, 6, 100)).toString()).toBe('world');
    expect(await storage.size(key)).toBe(11);
    const listed = [];
    for await (const object of storage.list('images')) listed.push(object.key);
    expect(listed).toEqual([key]);
    await storage.delete(key);
    await storage.delete(key);
    expect(allFiles()).toEqual([]);
  });

  it.each(['../x', 'a/../../x', '/etc/passwd', 'a\0b', 'a//b', '', '.scratch/x', 'a\\..\\b'])(
    'refuses the key %j',
    async (key) => {
      const storage = createFolderDriver(root);
      await expect(storage.write(key, chunks('x'))).rejects.toMatchObject({ code: 'BAD_STORAGE_KEY' });
      await expect(storage.read(key, 0, 1)).rejects.toMatchObject({ code: 'BAD_STORAGE_KEY' });
      expect(allFiles()).toEqual([]);
    },
  );

  it.each(['ENOSPC', 'EDQUOT'])('leaves nothing behind when the disk says %s', async (code) => {
    let writes = 0;
    const open = (async (...args: Parameters<typeof fs.open>) => {
      const file = await fs.open(...args);
      const write = file.writeFile.bind(file);
      file.writeFile = ((data: never) =>
        ++writes === 2
          ? Promise.reject(Object.assign(new Error('full'), { code }))
          : write(data)) as typeof file.writeFile;
      return file;
    }) as typeof fs.open;
    const storage = createFolderDriver(root, open);
    await expect(storage.write(newKey('images'), chunks('a', 'b', 'c'))).rejects.toMatchObject({
      code: 'DISK_FULL',
      status: 507,
    });
    expect(allFiles()).toEqual([]);
    expect(await storage.write(newKey('images'), chunks('a', 'b', 'c'))).toEqual({ sizeBytes: 3 });
  });

  it('leaves nothing behind when the source breaks', async () => {
    const storage = createFolderDriver(root);
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield* chunks('half');
      throw new Error('line cut');
    };
    await expect(storage.write(newKey('images'), broken())).rejects.toThrow('line cut');
    expect(allFiles()).toEqual([]);
  });
});

describe('sweep', () => {
  it('removes nothing when most files are unknown: the folder then belongs to another database', async () => {
    const services = await createTestServices();
    try {
      const storage = createFolderDriver(root);
      const keys = Array.from({ length: 8 }, () => newKey('images'));
      const old = new Date(Date.now() - 2 * 3_600_000);
      for (const key of keys) {
        await storage.write(key, chunks('x'));
        utimesSync(storage.path(key), old, old);
      }
      expect(await sweepStorage(services, storage)).toEqual({ removedFiles: 0, removedDrafts: 0, markedImages: [] });
      for (const key of keys) expect(await storage.size(key)).toBe(1);
    } finally {
      await services.close();
    }
  });

  it('marks nothing when the files of most images are missing: the storage is then not mounted', async () => {
    const services = await createTestServices();
    try {
      const { sql } = services.database;
      await sql.query(`insert into core.team (name) values ('t')`);
      await sql.query(`insert into core.project (team_id, name) select id, 'p' from core.team`);
      await sql.query(`insert into core.image_set (project_id, name) select id, 's' from core.project`);
      await sql.query(
        `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version)
         select s.id, 'n' || i, 'n', 'ready', 'images/00/' || i, 1, '', 'v' from core.image_set s, generate_series(1, 8) i`,
      );
      expect(await sweepStorage(services, createFolderDriver(root))).toMatchObject({ markedImages: [] });
      expect(await sql.query(`select from core.image where state = 'ready'`)).toHaveLength(8);
    } finally {
      await services.close();
    }
  });

  it('removes old files without a row, and marks rows without a file', async () => {
    const services = await createTestServices();
    try {
      const storage = createFolderDriver(root);
      const [orphan, young, kept, lost] = [newKey('images'), newKey('derived'), newKey('images'), newKey('images')];
      for (const key of [orphan, young, kept]) await storage.write(key, chunks('x'));
      const old = new Date(Date.now() - 2 * 3_600_000);
      for (const key of [orphan, kept]) utimesSync(storage.path(key), old, old);
      const draft = await storage.scratch('.tif');
      writeFileSync(draft, 'x');
      utimesSync(draft, new Date(0), new Date(0));
      const { sql } = services.database;
      await sql.query(`insert into core.team (name) values ('t')`);
      await sql.query(`insert into core.project (team_id, name) select id, 'p' from core.team`);
      await sql.query(`insert into core.image_set (project_id, name) select id, 's' from core.project`);
      const add = async (name: string, key: string) => {
        const [row] = await sql.query<{ id: number }>(
          `insert into core.image (image_set_id, public_name, private_name, state, original_key, size_bytes, sha256, content_version)
           select id, $1, $1, 'ready', $2, 1, '', 'v' from core.image_set returning id`,
          [name, key],
        );
        return row?.id;
      };
      await add('kept', kept);
      const lostId = await add('lost', lost);
      expect(await sweepStorage(services, storage)).toEqual({
        removedFiles: 1,
        removedDrafts: 1,
        markedImages: [lostId],
      });
      expect(allFiles()).toHaveLength(2);
      const [row] = await sql.query<{ state: string; problem_code: string }>(
        'select state, problem_code from core.image where id = $1',
        [lostId],
      );
      expect(row).toEqual({ state: 'failed', problem_code: 'FILE_MISSING' });
      expect(services.events).toMatchObject([{ topic: 'images.changed', imageIds: [lostId] }]);
      expect(await sweepStorage(services, storage)).toEqual({ removedFiles: 0, removedDrafts: 0, markedImages: [] });
    } finally {
      await services.close();
    }
  });
});
