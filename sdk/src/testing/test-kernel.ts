import type { PluginState, ProjectRole } from '../contract/index.ts';
import type { HookContext, HookName } from '../hooks/index.ts';
import type { Principal } from '../server/principal.ts';
import type { PluginDefinition } from '../server/plugin.ts';

/** A plugin that has no package on disk: its manifest (completed by defaults) and its setup. */
export interface ToyPlugin {
  readonly id: string;
  readonly version?: string;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly setup?: PluginDefinition['setup'];
}

export interface TestKernelOptions {
  /** Folders of plugin packages (those that hold the package.json), and plugins without a package. */
  readonly plugins: readonly (string | ToyPlugin)[];
  /** Stands in for a plugin's code: gets what its server entry exports and returns what is to run instead. */
  readonly replace?: (definition: PluginDefinition) => PluginDefinition;
}

export interface TestPluginStatus {
  readonly state: PluginState;
  readonly reason: string | undefined;
  readonly holds: readonly string[];
  readonly failures: number;
}

export interface TestEndpoint {
  readonly method: string;
  readonly path: string;
  readonly plugin: string | undefined;
  readonly access: { readonly permission?: string; readonly in?: string; readonly public?: string };
  readonly summary: string;
  readonly hasBody: boolean;
  readonly hasResponse: boolean;
}

/** A person of the test, signed in. */
export interface TestPerson {
  readonly principal: Principal;
  /** A request in this person's name; `path` begins with `/api/…`. JSON bodies are given as plain values. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of any endpoint, read by tests
  request(method: string, path: string, body?: unknown): Promise<{ status: number; body: any; headers: Headers }>;
  readonly cookie: string;
}

/**
 * A whole platform for tests: real Koa on a free port, a fresh real PostgreSQL database, temporary storage. Nothing is mocked.
 */
export interface TestKernel {
  readonly url: string;
  person(username: string, options?: { readonly isAdmin?: boolean }): Promise<TestPerson>;
  /** A project with an image set; the given people get the given roles. */
  project(roles: Readonly<Record<string, ProjectRole>>): Promise<{ readonly id: number; readonly imageSetId: number }>;
  /** Takes a file in as an upload does, and waits until it is ready to view. */
  image(
    imageSetId: number,
    by: TestPerson,
    file: { readonly name: string; readonly bytes: Uint8Array },
  ): Promise<{ readonly id: number }>;
  enable(projectId: number, plugin: string, enabled: boolean): Promise<void>;
  plugin(id: string): TestPluginStatus;
  start(id: string): Promise<void>;
  stop(id: string): Promise<void>;
  /** Calls a hook as the platform does. */
  callHook(name: HookName, value: unknown, context?: Partial<HookContext>): Promise<unknown>;
  isHookUsed(name: HookName, projectId?: number): boolean;
  endpoints(): readonly TestEndpoint[];
  close(): Promise<void>;
}

/**
 * Boots a test kernel. The package `@exact/core` has to be installed beside the SDK (a development dependency of the plugin).
 */
export async function createTestKernel(options: TestKernelOptions): Promise<TestKernel> {
  // The only way from the SDK to core: by name and at run time, so that nothing of core is needed to build a plugin.
  const core = '@exact/core/testing';
  const { bootTestKernel } = (await import(core)) as { bootTestKernel: typeof createTestKernel };
  return bootTestKernel(options);
}
