import { readdir, readFile } from 'node:fs/promises';
import { PROJECT_PERMISSIONS, PROJECT_ROLES, type ProjectRole } from '@exact/sdk/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permissionsOf, roleHolds, scopeRefusal, teamHolds } from './permissions.ts';
import { type DefinedPermission, rolesTables } from './roles-table.ts';

const none = new Map<string, ProjectRole[]>();
const role = fc.constantFrom(...PROJECT_ROLES);
const permission = fc.oneof(
  fc.constantFrom(...Object.keys(PROJECT_PERMISSIONS)),
  fc.string(),
  fc.constantFrom('constructor', '__proto__', 'toString'),
);

describe('roles', () => {
  it('hold all that weaker ones hold', () => {
    fc.assert(
      fc.property(role, role, permission, (a, b, wanted) => {
        const [weak, strong] = PROJECT_ROLES.indexOf(a) <= PROJECT_ROLES.indexOf(b) ? [a, b] : [b, a];
        return !roleHolds(weak, wanted, none) || roleHolds(strong, wanted, none);
      }),
    );
  });

  it('hold nothing that nobody has declared', () => {
    fc.assert(
      fc.property(
        role,
        permission,
        (held, wanted) => Object.hasOwn(PROJECT_PERMISSIONS, wanted) || !roleHolds(held, wanted, none),
      ),
    );
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.string(),
        (isAdmin, wanted) => wanted.includes('team:') || wanted === 'projects:create' || !teamHolds(isAdmin, wanted),
      ),
    );
  });

  it('are never widened by a plugin that names a permission of core', () => {
    const greedy = new Map<string, ProjectRole[]>([['project:manage', ['viewer']]]);
    expect(roleHolds('viewer', 'project:manage', greedy)).toBe(false);
  });

  it('list exactly what they hold, and administrators all there is', () => {
    const ofPlugins = new Map<string, ProjectRole[]>([['eiph:score', ['verifier']]]);
    for (const held of PROJECT_ROLES) {
      const listed = permissionsOf(held, false, ofPlugins);
      expect(listed).toEqual(
        [...Object.keys(PROJECT_PERMISSIONS), 'eiph:score'].filter((name) => roleHolds(held, name, ofPlugins)),
      );
    }
    expect(permissionsOf('manager', true, ofPlugins)).toHaveLength(Object.keys(PROJECT_PERMISSIONS).length + 1);
  });

  it('are written down as they are', async () => {
    const page = await readFile(new URL('../../docs/roles.md', import.meta.url), 'utf8');
    expect(page.slice(page.indexOf('## In a project')).trim()).toBe(rolesTables(await readDefined()));
  });
});

/** What the plugins in the repository define, in the order of their names. */
async function readDefined(): Promise<DefinedPermission[]> {
  const plugins = new URL('../../../plugins/', import.meta.url);
  const found = (await readdir(plugins, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const names = found.map(({ name }) => name).sort();
  const packages = await Promise.all(names.map((name) => readFile(new URL(`${name}/package.json`, plugins), 'utf8')));
  return packages.flatMap((text) => JSON.parse(text).exactPlugin?.permissions?.defines ?? []);
}

describe('scopes of a token', () => {
  it('never allow more to a narrower one, and never limit a session', () => {
    const ladder = [[], ['read'], ['write'], ['admin']];
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.nat(3),
        permission,
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
        (a, b, wanted, method) => {
          const refusal = (at: number) =>
            scopeRefusal(
              { userId: 1, username: 'u', isAdmin: false, via: 'token', scopes: ladder[at] as string[] },
              wanted,
              method,
            );
          expect(
            scopeRefusal({ userId: 1, username: 'u', isAdmin: false, via: 'session' }, wanted, method),
          ).toBeUndefined();
          return refusal(Math.min(a, b)) !== undefined || refusal(Math.max(a, b)) === undefined;
        },
      ),
    );
  });
});
