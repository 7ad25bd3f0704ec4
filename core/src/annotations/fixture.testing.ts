import { randomUUID } from 'node:crypto';
import type { AnnotationChanges, AnnotationDraft } from '@exact/sdk/contract';
import type { HookContext } from '@exact/sdk/hooks';
import type { Principal } from '@exact/sdk/server';
import { createOutbox, type EventOutbox } from '../db/outbox.ts';
import { createTestServices, quietLog, type TestServices } from '../test-support.ts';
import { type CoreAnnotations, createAnnotations } from './index.ts';

/** A project with two people, an image, a polygon, a box and a point template; and a second project beside it. */
export interface Scene {
  readonly services: TestServices & { readonly outbox: EventOutbox };
  readonly annotations: CoreAnnotations;
  readonly projectId: number;
  readonly otherProjectId: number;
  readonly imageId: number;
  readonly secondImageId: number;
  readonly foreignImageId: number;
  readonly templates: {
    readonly polygon: number;
    readonly box: number;
    readonly point: number;
    readonly foreign: number;
    readonly retired: number;
  };
  readonly ada: Principal;
  readonly ben: Principal;
  contextOf(principal: Principal): HookContext;
  change(
    principal: Principal,
    changes: Partial<AnnotationChanges>,
    imageId?: number,
  ): ReturnType<CoreAnnotations['change']>;
  box(x?: number, y?: number): AnnotationDraft;
  close(): Promise<void>;
}

export async function createScene(): Promise<Scene> {
  const base = await createTestServices();
  const outbox = createOutbox(base.database, quietLog);
  const services = { ...base, outbox };
  const annotations = createAnnotations(services);
  const { sql } = base.database;
  const insert = async (text: string, values: readonly unknown[] = []): Promise<number> => {
    const [row] = await sql.query<{ id: number }>(`${text} returning id`, values);
    return row?.id ?? 0;
  };
  const person = async (username: string): Promise<Principal> => ({
    userId: await insert('insert into core.app_user (username, display_name) values ($1, $1)', [username]),
    username,
    isAdmin: false,
    via: 'session',
  });
  const image = async (projectId: number, name: string): Promise<number> => {
    const setId = await insert('insert into core.image_set (project_id, name) values ($1, $2)', [projectId, name]);
    return insert(
      `insert into core.image (image_set_id, public_name, private_name, state, original_key, width, height, size_bytes, sha256, content_version)
       values ($1, $2, $2, 'ready', 'key', 20000, 10000, 1, '\\x00', '1')`,
      [setId, name],
    );
  };
  const template = (productId: number, name: string, kind: string, isActive = true): Promise<number> =>
    insert(`insert into core.template (product_id, name, colour, kind, active) values ($1, $2, '#000000', $3, $4)`, [
      productId,
      name,
      kind,
      isActive,
    ]);

  const ada = await person('ada');
  const ben = await person('ben');
  const teamId = await insert(`insert into core.team (name) values ('team')`);
  const projectId = await insert(`insert into core.project (team_id, name) values ($1, 'one')`, [teamId]);
  const otherProjectId = await insert(`insert into core.project (team_id, name) values ($1, 'two')`, [teamId]);
  const productId = await insert(`insert into core.product (team_id, name) values ($1, 'cells')`, [teamId]);
  const foreignProductId = await insert(`insert into core.product (team_id, name) values ($1, 'others')`, [teamId]);
  await sql.query('insert into core.project_product (project_id, product_id) values ($1, $2)', [projectId, productId]);
  const templates = {
    polygon: await template(productId, 'polygon', 'polygon'),
    box: await template(productId, 'box', 'box'),
    point: await template(productId, 'point', 'point'),
    retired: await template(productId, 'retired', 'box', false),
    foreign: await template(foreignProductId, 'foreign', 'box'),
  };
  const imageId = await image(projectId, 'a');
  const contextOf = (principal: Principal): HookContext => ({
    principal,
    projectId,
    requestId: 'test',
    signal: new AbortController().signal,
    log: quietLog,
  });
  return {
    services,
    annotations,
    projectId,
    otherProjectId,
    imageId,
    secondImageId: await image(projectId, 'b'),
    foreignImageId: await image(otherProjectId, 'c'),
    templates,
    ada,
    ben,
    contextOf,
    change: (principal, changes, on = imageId) =>
      annotations.change(principal, projectId, on, { changeId: randomUUID(), ...changes }, 'client', {
        ...contextOf(principal),
        role: 'verifier',
      }),
    box: (x = 10, y = 20) => ({
      uuid: randomUUID(),
      templateId: templates.box,
      geometry: { kind: 'box', x, y, width: 30, height: 40 },
    }),
    async close() {
      await outbox.stop();
      await base.close();
    },
  };
}
