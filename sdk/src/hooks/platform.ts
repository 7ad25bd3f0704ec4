import type { AccessQuestion, AuditEntry, Credentials, Principal } from '../server/principal.ts';
import type { Job } from '../contract/jobs.ts';
import type { JobDraft } from '../server/services.ts';
import type { PluginState } from '../contract/plugins.ts';
import { bail, parallel, series, syncWaterfall, waterfall } from './define.ts';

export interface KernelInfo {
  readonly kernelApi: string;
  readonly plugins: readonly { readonly id: string; readonly version: string; readonly state: PluginState }[];
}

export const lifecycleHooks = {
  ready: parallel<KernelInfo>({
    policy: 'contain',
    budgetMs: 5000,
    since: '1.0',
    about: 'Runs once, when the server listens.',
  }),
  shutdown: series<{ readonly reason: string }>({
    policy: 'contain',
    budgetMs: 5000,
    since: '1.0',
    about: 'Runs before the plugins stop, the last started first.',
  }),
} as const;

export const pluginHooks = {
  stateChanged: parallel<{
    readonly plugin: string;
    readonly from: PluginState;
    readonly to: PluginState;
    readonly reason?: string;
  }>({
    policy: 'contain',
    budgetMs: 1000,
    since: '1.0',
    about: 'Tells that a plugin went from one state to another.',
  }),
} as const;

export const authHooks = {
  authenticate: bail<Credentials, Principal>({
    policy: 'deny',
    budgetMs: 2000,
    since: '1.0',
    about: 'Asked when the platform does not know the credentials itself (single sign-on). Return the principal.',
  }),
  authorize: bail<AccessQuestion, { readonly refuse: string }>({
    policy: 'deny',
    budgetMs: 100,
    since: '1.0',
    about: 'Asked after the platform has allowed a call. A tap can only refuse, with a reason.',
  }),
  audit: parallel<AuditEntry>({
    policy: 'contain',
    budgetMs: 500,
    since: '1.0',
    about: 'Tells of an entry in the audit log, after it was stored.',
  }),
} as const;

export interface PluginSwitch {
  readonly projectId: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

export const projectHooks = {
  pluginEnabled: series<PluginSwitch>({
    policy: 'contain',
    budgetMs: 10_000,
    since: '1.0',
    about: 'Tells a plugin that it was switched on in a project.',
    targeted: true,
  }),
  pluginDisabled: series<PluginSwitch>({
    policy: 'contain',
    budgetMs: 10_000,
    since: '1.0',
    about: 'Tells a plugin that it was switched off in a project. Data stay.',
    targeted: true,
  }),
} as const;

export const jobHooks = {
  beforeEnqueue: waterfall<JobDraft>({
    policy: 'abort',
    budgetMs: 250,
    since: '1.0',
    about: 'Lets plugins complete or refuse a job before it is queued.',
  }),
  settled: series<Job>({
    policy: 'contain',
    budgetMs: 1000,
    since: '1.0',
    about: 'Tells that a job is done, failed or cancelled.',
  }),
} as const;

export const httpHooks = {
  openapi: syncWaterfall<Readonly<Record<string, unknown>>>({
    policy: 'contain',
    budgetMs: 200,
    since: '1.0',
    about: 'Lets plugins complete the API document.',
  }),
} as const;

export const uiHooks = {
  bootstrap: waterfall<Readonly<Record<string, unknown>>>({
    policy: 'contain',
    budgetMs: 200,
    since: '1.0',
    about: 'Completes what the browser is told at its start.',
  }),
} as const;
