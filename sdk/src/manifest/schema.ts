import { z } from 'zod';

export const PLUGIN_ID = /^[a-z][a-z0-9-]*$/;
export const PluginId = z.string().regex(PLUGIN_ID, 'must be lower-case letters, digits and hyphens').max(64);

/** `<plugin>:<name>` */
const OwnId = z.string().regex(/^[a-z][a-z0-9-]*:[A-Za-z][A-Za-z0-9-]*$/, 'must be <plugin>:<name>');

/** A range of semantic versions: `^1.2.0`, `~1.2.0`, `1.x`, `>=1.0.0`, exact ones. */
const Range = z.string().min(1).max(100);
const EntryPath = z
  .string()
  .regex(/^(?!\/)(?!.*\.\.)[\w./-]+\.js$/, 'must be a relative path to a .js file inside the package');

/** What the context can grant. Permissions are a declaration and a narrow context, not a sandbox: plugins are trusted code. */
export const USES = [
  'routes',
  'jobs',
  'db:own',
  'kv',
  'images:read',
  'images:write',
  'images:files',
  'slides:read',
  'annotations:read',
  'annotations:write',
  'annotations:attribute',
  'projects:read',
  'projects:manage',
  'events',
  'storage',
  'provision',
] as const;
export type Use = (typeof USES)[number];

export const VIEWER_SLOTS = [
  'viewer.side',
  'viewer.bottom',
  'viewer.toolbar',
  'viewer.canvas',
  'viewer.navigator',
  'viewer.pixels',
] as const;
export const UI_SLOTS = [
  ...VIEWER_SLOTS,
  'imageSet.tab',
  'project.page',
  'admin.page',
  'annotation.inspector',
  'annotation.media',
] as const;
export type UiSlot = (typeof UI_SLOTS)[number];

export const Manifest = z.strictObject({
  manifest: z.literal(1),
  id: PluginId,
  title: z.string().min(1).max(100),
  description: z.string().max(500).optional(),
  kernel: Range,
  ui: z.strictObject({ api: Range, entry: EntryPath }).optional(),
  server: z.strictObject({ entry: EntryPath }).optional(),
  level: z.enum(['project', 'instance']),
  enabledByDefault: z.boolean().default(false),
  requires: z.record(PluginId, Range).default({}),
  optional: z.record(PluginId, Range).default({}),
  permissions: z
    .strictObject({
      uses: z.array(z.enum(USES)).default([]),
      defines: z
        .array(
          z.strictObject({
            id: OwnId,
            title: z.string().min(1).max(200),
            grantedTo: z.array(z.enum(['viewer', 'annotator', 'verifier', 'manager'])).min(1),
          }),
        )
        .default([]),
    })
    .default({ uses: [], defines: [] }),
  settings: z.strictObject({ project: z.string().optional(), instance: z.string().optional() }).default({}),
  contributes: z
    .strictObject({
      hooks: z.array(z.string()).default([]),
      routes: z.boolean().default(false),
      events: z.array(z.string()).default([]),
      tokens: z.array(OwnId).default([]),
      panels: z
        .array(
          z.strictObject({
            id: OwnId,
            slot: z.enum(UI_SLOTS),
            title: z.string().min(1).max(100),
            icon: z.string().max(100).optional(),
            order: z.number().default(100),
            /** In `annotation.media`: the kinds of files that it plays in place of the browser. */
            accepts: z
              .array(z.enum(['image', 'audio', 'video']))
              .min(1)
              .optional(),
          }),
        )
        .default([]),
      overlays: z
        .array(z.strictObject({ id: OwnId, slot: z.enum(['viewer.canvas', 'viewer.navigator', 'viewer.pixels']) }))
        .default([]),
      jobs: z
        .array(
          z.strictObject({
            id: OwnId,
            memoryMb: z.number().int().positive().max(16_384).default(512),
            timeoutS: z.number().int().positive().max(86_400).default(3600),
            concurrency: z.number().int().positive().max(64).default(1),
          }),
        )
        .default([]),
      commands: z
        .array(
          z.strictObject({
            id: OwnId,
            title: z.string().min(1).max(100),
            keys: z.string().max(40).optional(),
            when: OwnId.optional(),
          }),
        )
        .default([]),
    })
    .prefault({}),
  database: z.strictObject({ schema: z.string().regex(/^plugin_[a-z0-9_]+$/), migrations: z.string() }).optional(),
});
export type Manifest = z.output<typeof Manifest>;

/** The parts of a plugin's package.json that the platform reads. */
export const PluginPackage = z.looseObject({
  name: z.string(),
  version: z.string(),
  description: z.string().optional(),
  exactPlugin: Manifest,
});
