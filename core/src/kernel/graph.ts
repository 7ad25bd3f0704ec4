import type { Manifest } from '@exact/sdk/manifest';
import semver from 'semver';

export interface GraphNode {
  readonly id: string;
  readonly version: string;
  readonly manifest: Manifest;
}

export interface PluginOrder {
  /** Ids so that each comes after all it requires or may use; otherwise by id. */
  readonly order: readonly string[];
  /** Plugins that cannot start, with the reason: missing, of the wrong version, in a cycle, or needing one of these. */
  readonly blocked: ReadonlyMap<string, string>;
}

/** Orders plugins by what they need of each other. */
export function orderPlugins(nodes: readonly GraphNode[]): PluginOrder {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const blocked = new Map<string, string>();

  for (const { id, manifest } of nodes) {
    for (const [needed, range] of Object.entries(manifest.requires)) {
      const present = byId.get(needed);
      if (!present) blocked.set(id, `needs plugin "${needed}" ${range}, which is not installed.`);
      else if (!semver.satisfies(present.version, range)) {
        blocked.set(id, `needs plugin "${needed}" ${range}; version ${present.version} is installed.`);
      }
    }
  }

  const edges = new Map(nodes.map((node) => [node.id, neededBy(node, byId)]));
  for (const cycle of findCycles(edges)) {
    for (const id of cycle) blocked.set(id, `is in a circle: ${[...cycle, cycle[0]].join(' → ')}.`);
  }
  // Whoever requires a blocked one is blocked as well, however far away.
  for (let grown = true; grown;) {
    grown = false;
    for (const { id, manifest } of nodes) {
      const missing = Object.keys(manifest.requires).find((needed) => blocked.has(needed));
      if (!blocked.has(id) && missing !== undefined) {
        blocked.set(id, `needs plugin "${missing}", which cannot start.`);
        grown = true;
      }
    }
  }

  const order: string[] = [];
  const visited = new Set<string>();
  const visit = (id: string): void => {
    if (visited.has(id) || blocked.has(id)) return;
    visited.add(id);
    for (const needed of edges.get(id) ?? []) visit(needed);
    order.push(id);
  };
  for (const id of [...byId.keys()].sort()) visit(id);
  return { order, blocked };
}

function neededBy(node: GraphNode, byId: ReadonlyMap<string, GraphNode>): string[] {
  const optional = Object.entries(node.manifest.optional)
    .filter(([id, range]) => semver.satisfies(byId.get(id)?.version ?? '', range))
    .map(([id]) => id);
  return [...Object.keys(node.manifest.requires), ...optional].filter((id) => byId.has(id)).sort();
}

/** All elementary walks back to oneself that a depth-first search meets: enough to name every plugin in a circle. */
function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const walk = (id: string, path: readonly string[]): void => {
    const start = path.indexOf(id);
    if (start >= 0) {
      cycles.push(path.slice(start));
      return;
    }
    if (finished.has(id)) return;
    for (const next of edges.get(id) ?? []) walk(next, [...path, id]);
    finished.add(id);
  };
  for (const id of [...edges.keys()].sort()) walk(id, []);
  return cycles;
}
