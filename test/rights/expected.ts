import { readdirSync, readFileSync } from 'node:fs';
import {
  type Access,
  type Collaboration,
  PROJECT_PERMISSIONS,
  PROJECT_ROLES,
  type ProjectRole,
} from '@exact/sdk/contract';

/** Everybody there is, by what they are in the test's own team and project. */
export type Who = 'nobody' | 'outsider' | ProjectRole | 'teamAdmin' | 'admin';
export const EVERYBODY: readonly Who[] = ['nobody', 'outsider', ...PROJECT_ROLES, 'teamAdmin', 'admin'];

/** What an address names. */
export interface Target {
  readonly name: string;
  readonly is:
    | 'there'
    /** In a project that only strangers and administrators are in. */
    | 'foreign'
    /** Never there, or deleted. */
    | 'absent'
    /** There, and hidden from who works blind. */
    | 'sealed';
  /** Whether all plugins are on in the project that is named. */
  readonly hasPlugins: boolean;
}

/** A call of one endpoint. `plugin`: whose it is, unless it is of core. */
export interface Call {
  readonly access: Access;
  readonly plugin: string | undefined;
  readonly who: Who;
  readonly target: Target;
  readonly mode: Collaboration;
}

/** What stands for "allowed": the stub behind every endpoint answers it, and nothing else does. */
export const ALLOWED = '202';

/** Roles by permission of plugins, exactly as the manifests in the repository name them. */
const GRANTED = new Map<string, readonly ProjectRole[]>();
const PLUGINS = new URL('../../plugins/', import.meta.url);
/** Folders of all plugins in the repository. */
export const PLUGIN_IDS = readdirSync(PLUGINS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
/** Those that projects switch. */
export const PROJECT_PLUGINS: string[] = [];
interface Packed {
  readonly exactPlugin: {
    readonly level: string;
    readonly permissions?: { readonly defines?: readonly { id: string; grantedTo: readonly ProjectRole[] }[] };
  };
}
for (const id of PLUGIN_IDS) {
  const { exactPlugin } = JSON.parse(readFileSync(new URL(`${id}/package.json`, PLUGINS), 'utf8')) as Packed;
  if (exactPlugin.level === 'project') PROJECT_PLUGINS.push(id);
  for (const { id: permission, grantedTo } of exactPlugin.permissions?.defines ?? [])
    GRANTED.set(permission, grantedTo);
}

/** Roles that hold a permission in their project: in core the weakest one and those above it, of plugins the ones listed. */
export function holders(permission: string): readonly ProjectRole[] {
  const weakest = (PROJECT_PERMISSIONS as Readonly<Record<string, ProjectRole>>)[permission];
  if (weakest !== undefined) return PROJECT_ROLES.slice(PROJECT_ROLES.indexOf(weakest));
  const granted = GRANTED.get(permission);
  if (!granted) throw new Error(`No contract and no manifest says who holds ${permission}.`);
  return granted;
}

/** The table: status and code that a call has to be answered with. */
export function expected({ access, plugin, who, target, mode }: Call): string {
  const isBlinded = mode === 'blind' && ['viewer', 'annotator', 'verifier', 'teamAdmin'].includes(who);
  const isMember = who !== 'nobody' && who !== 'outsider';
  const isThere =
    target.is === 'there'
      ? isMember
      : target.is === 'sealed'
        ? isMember && !isBlinded
        : target.is === 'foreign' && who === 'admin';

  if ('public' in access) return ALLOWED;
  if (who === 'nobody') return '401 NOT_SIGNED_IN';
  if (access.in === 'self') return ALLOWED;
  if (access.in === 'instance') return who === 'admin' ? ALLOWED : '403 FORBIDDEN';
  if (!isThere) return '404 NOT_FOUND';
  if (plugin !== undefined && !target.hasPlugins) return '404 PLUGIN_NOT_ENABLED';
  if (who === 'admin') return ALLOWED;
  if (access.in === 'team') return access.permission === 'team:read' || who === 'teamAdmin' ? ALLOWED : '403 FORBIDDEN';
  // In projects a team administrator is what the project says: a viewer here.
  const role = who === 'teamAdmin' ? 'viewer' : (who as ProjectRole);
  return holders(access.permission).includes(role) ? ALLOWED : '403 FORBIDDEN';
}
