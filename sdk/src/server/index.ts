export * from './logger.ts';
export * from './plugin.ts';
export * from './principal.ts';
export * from './services.ts';
export * from './slides.ts';
export * from './storage.ts';
export * from './token.ts';
export { defineError, ExactError } from '../contract/define-error.ts';
