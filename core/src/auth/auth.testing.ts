import { randomUUID } from 'node:crypto';
import type { ProjectRole } from '@exact/sdk/contract';
import type { Principal } from '@exact/sdk/server';
import type { Config } from '../config.ts';
import { type Actor } from '../settings/changes.ts';
import { createTestServices, quietLog, type TestServices } from '../test-support.ts';
import { type Auth, createAuth } from './auth.ts';
import { hashPassword } from './passwords.ts';
import type { PluginPermissions } from './permissions.ts';

export const PASSWORD = 'seven green herons walk';
let hash: Promise<string> | undefined;

/** A database with sign-in and rights, and short ways to people and things in it. */
export interface TestAuth extends Auth {
  readonly services: TestServices;
  /** Makes an active user with {@link PASSWORD}. */
  user(username: string, options?: { isAdmin?: boolean }): Promise<Principal>;
  team(name: string, members?: readonly Principal[], admins?: readonly Principal[]): Promise<number>;
  /** A project with one image set, one image and one annotation. */
  project(teamId: number, members?: readonly (readonly [Principal, ProjectRole])[]): Promise<TestProject>;
  image(imageSetId: number): Promise<number>;
  /** Signs in and gives the cookie as a browser sends it. */
  signIn(username: string, password?: string, ip?: string): Promise<string>;
  auditActions(): Promise<string[]>;
}

export interface TestProject {
  readonly teamId: number;
  readonly projectId: number;
  readonly imageSetId: number;
  readonly imageId: number;
  readonly annotationId: string;
  readonly productId: number;
  readonly templateId: number;
}

/** As a request would be. */
export function actorOf<P extends Principal | undefined>(principal: P): Actor & { readonly principal: P } {
  return { principal, requestId: 'test', signal: new AbortController().signal, log: quietLog };
}

export async function createTestAuth(
  options: { config?: Partial<Config>; pluginPermissions?: PluginPermissions } = {},
): Promise<TestAuth> {
  const services = await createTestServices(options.config);
  const auth = createAuth(services, { pluginPermissions: () => options.pluginPermissions ?? new Map() });
  const { sql } = services.database;
  const insert = async (text: string, values: readonly unknown[]): Promise<number> => {
    const [row] = await sql.query<{ id: number }>(`${text} returning id`, values);
    return (row as { id: number }).id;
  };
  const image = (imageSetId: number): Promise<number> =>
    insert(
      `insert into core.image (image_set_id, public_name, private_name, original_key, size_bytes, sha256, content_version, state)
       values ($1, $2, 'private', 'key', 1, '\\x00', 'v1', 'ready')`,
      [imageSetId, randomUUID()],
    );

  return {
    ...auth,
    services: { ...services, seeing: auth.seeing },
    image,
    async user(username, { isAdmin = false } = {}) {
      const passwordHash = await (hash ??= hashPassword(PASSWORD));
      const userId = await insert(
        'insert into core.app_user (username, display_name, password_hash, is_admin) values ($1, $1, $2, $3)',
        [username, passwordHash, isAdmin],
      );
      return { userId, username, isAdmin, via: 'session' };
    },
    async team(name, members = [], admins = []) {
      const teamId = await insert('insert into core.team (name) values ($1)', [name]);
      for (const person of [...members, ...admins]) {
        await sql.query('insert into core.team_member values ($1, $2, $3)', [
          teamId,
          person.userId,
          admins.includes(person),
        ]);
      }
      return teamId;
    },
    async project(teamId, members = []) {
      const projectId = await insert('insert into core.project (team_id, name) values ($1, $2)', [
        teamId,
        randomUUID(),
      ]);
      for (const [person, role] of members)
        await sql.query('insert into core.project_member values ($1, $2, $3)', [projectId, person.userId, role]);
      const imageSetId = await insert(`insert into core.image_set (project_id, name) values ($1, 'Set')`, [projectId]);
      const imageId = await image(imageSetId);
      const productId = await insert('insert into core.product (team_id, name) values ($1, $2)', [
        teamId,
        randomUUID(),
      ]);
      await sql.query('insert into core.project_product values ($1, $2)', [projectId, productId]);
      const templateId = await insert(
        `insert into core.template (product_id, name, colour, kind) values ($1, 'Cell', '#E69F00', 'box')`,
        [productId],
      );
      const author = await insert('insert into core.app_user (username, display_name) values ($1, $1)', [randomUUID()]);
      const annotationId = randomUUID();
      await sql.query(
        `insert into core.annotation (uuid, image_id, template_id, author_id, editor_id, kind, box, geometry)
         values ($1, $2, $3, $4, $4, 1, '((1,1),(0,0))', '\\x00')`,
        [annotationId, imageId, templateId, author],
      );
      return { teamId, projectId, imageSetId, imageId, annotationId, productId, templateId };
    },
    async signIn(username, password = PASSWORD, ip = '192.0.2.1') {
      const { setCookie } = await auth.account.signIn(actorOf(undefined), {
        username,
        password,
        ip,
        userAgent: 'vitest',
      });
      return setCookie.slice(0, setCookie.indexOf(';'));
    },
    async auditActions() {
      const rows = await sql.query<{ action: string }>('select action from core.audit order by id');
      return rows.map((row) => row.action);
    },
  };
}
