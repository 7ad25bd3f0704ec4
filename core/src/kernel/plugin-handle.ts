import type { Manifest } from '@exact/sdk/manifest';
import type { Logger } from '@exact/sdk/server';
import type { Breaker } from './breaker.ts';
import type { FoundPlugin } from './discovery.ts';
import type { Scope } from './scope.ts';
import type { StateMachine } from './states.ts';

/** What a running plugin is to those who give it services: who it is, and where its registrations are held. */
export interface PluginHandle {
  readonly id: string;
  readonly version: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly log: Logger;
  readonly scope: Scope;
  /** Notes that something declared was really registered (`hook annotations.beforeCreate`); read by the fulfil check. */
  fulfil(what: string): void;
}

/** A plugin as the kernel keeps it. */
export interface PluginEntry {
  readonly found: FoundPlugin;
  readonly states: StateMachine;
  readonly breaker: Breaker;
  /** Place in the order of start; 0 for those that cannot start. */
  order: number;
  running?: { readonly handle: PluginHandle; readonly fulfilled: ReadonlySet<string> };
}
