export * from './schema.ts';
export * from './check.ts';
