export * from './components.ts';
export * from './media.ts';
export * from './names.ts';
export * from './plugin.ts';
export * from './use.ts';
export * from './viewer.ts';
export { createClient, OfflineError, ProblemError } from '../contract/client.ts';
