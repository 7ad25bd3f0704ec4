import vue from '@vitejs/plugin-vue';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig, type InlineConfig } from 'vite';
import vuetify from 'vite-plugin-vuetify';

/** Modules that shell and plugins share through the import map of the page: one copy of Vue, whatever was built when. */
export const SHARED_MODULES = ['vue', '@exact/sdk/ui', 'openseadragon'] as const;

/**
 * What every build of browser code has in common: workspaces from source, no development code, no inlined files.
 *
 * @param parts - `own` bundles the Vuetify components that templates use; with `shared` they are those that the shell has
 *                registered, resolved by name when the template is rendered (SHARED_COMPONENTS of `@exact/sdk/ui`)
 */
export function browserConfig(parts: 'own' | 'shared', overrides: InlineConfig): InlineConfig {
  return {
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [vue(), ...(parts === 'own' ? [vuetify({ autoImport: true })] : [])],
    resolve: { conditions: ['source', ...defaultClientConditions] },
    ...overrides,
    define: {
      __VUE_OPTIONS_API__: 'true', // a plugin may be written either way
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
      __VUE_I18N_FULL_INSTALL__: 'false',
      __VUE_I18N_LEGACY_API__: 'false',
      __INTLIFY_PROD_DEVTOOLS__: 'false',
      'process.env.NODE_ENV': JSON.stringify('production'),
      ...overrides.define,
    },
    // Beside the rest: addresses of built files have no folders (`core/src/http/assets.ts`).
    worker: {
      format: 'es',
      rolldownOptions: {
        output: {
          entryFileNames: '[name]-[hash].js',
          chunkFileNames: '[name]-[hash].js',
          assetFileNames: '[name]-[hash][extname]',
        },
      },
    },
    build: {
      target: 'es2022',
      assetsInlineLimit: 0, // the page's policy allows no data: fonts or scripts
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1500,
      ...overrides.build,
    },
  };
}

const server = `http://127.0.0.1:${process.env['PORT'] ?? 8000}`;

/**
 * `npm run dev`: Vite serves the shell and the plugins' browser halves from source on a port of its own and passes the API
 * and the live channel on to the Koa server, which has to run beside it (`npm run dev` at the root starts both).
 */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [vue(), vuetify({ autoImport: true })],
  resolve: { conditions: ['source', ...defaultClientConditions], dedupe: ['vue'] },
  define: {
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
  },
  server: {
    host: '127.0.0.1',
    port: Number(process.env['UI_PORT'] ?? 5173),
    fs: { allow: [fileURLToPath(new URL('..', import.meta.url))] },
    proxy: {
      '/api': { target: server, ws: true, changeOrigin: false },
      '/health': { target: server },
      '/media': { target: server },
    },
  },
});
