export * from './schema.ts';
export * from './check.ts';
export * from './versions.ts';
