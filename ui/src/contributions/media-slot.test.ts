import type { ProjectPlugin } from '@exact/sdk/contract';
import { checkManifest, Manifest } from '@exact/sdk/manifest';
import { describe, expect, it } from 'vitest';
import { contributionsTo } from './panels.ts';

const manifest = (panel: object): Manifest =>
  Manifest.parse({
    manifest: 1,
    id: 'player',
    title: 'Player',
    kernel: '^1.0.0',
    level: 'project',
    ui: { api: '^1.0.0', entry: 'dist/ui/index.js' },
    contributes: { panels: [{ id: 'player:panel', title: 'Player', ...panel }] },
  });

describe('a panel that plays files of annotations', () => {
  it('is found with the kinds that it takes over', () => {
    const { contributes } = manifest({ slot: 'annotation.media', accepts: ['audio'], order: 5 });
    const plugin = {
      id: 'player',
      title: 'Player',
      enabled: true,
      state: 'active',
      contributes,
    } as unknown as ProjectPlugin;
    expect(contributionsTo('annotation.media', [plugin])).toMatchObject([{ id: 'player:panel', accepts: ['audio'] }]);
    expect(contributionsTo('annotation.inspector', [plugin])).toEqual([]);
  });

  it('has to say which kinds those are, and no other panel says so', () => {
    expect(checkManifest(manifest({ slot: 'annotation.media', accepts: ['audio', 'video'] }))).toEqual([]);
    expect(checkManifest(manifest({ slot: 'annotation.media' }))).toEqual([expect.stringContaining('accepts')]);
    expect(checkManifest(manifest({ slot: 'viewer.side', accepts: ['audio'] }))).toEqual([
      expect.stringContaining('accepts'),
    ]);
    expect(() => manifest({ slot: 'annotation.media', accepts: ['text'] })).toThrow(/accepts/);
  });
});
