export * from './define.ts';
export * from './context.ts';
export * from './catalogue.ts';
export * from './annotations.ts';
export * from './images.ts';
export * from './platform.ts';
