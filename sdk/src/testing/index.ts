export * from './test-kernel.ts';
export * from './plugin-contract.ts';
