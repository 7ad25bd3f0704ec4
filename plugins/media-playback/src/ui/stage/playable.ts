import { bounds } from '@exact/geometry';
import type { Media } from '@exact/sdk/contract';
import type { ViewerFacade } from '@exact/sdk/ui';
import { soundBoxOf, type SoundBox } from '../recording/grid.ts';
import type { Recording } from '../recording/use-recording.ts';
import type { FileFinder } from './find-files.ts';

/** What an annotation has to be played or shown: its first file, or its part of the recording that the image shows. */
export type Playable =
  { readonly kind: Media['kind']; readonly item: Media } | { readonly kind: 'box'; readonly box: SoundBox };

/** The stretch of the recording that an annotation covers. */
export function boxOf(viewer: ViewerFacade, { facts, grid }: Recording, uuid: string): SoundBox | undefined {
  const shown = viewer.annotations.get(uuid);
  const durationS = facts.value?.durationS;
  if (!shown || !grid.value || durationS === undefined || shown.geometry.kind === 'image') return undefined;
  return soundBoxOf(grid.value, bounds(shown.geometry), durationS);
}

/** @returns nothing where there is neither */
export async function playableOf(
  viewer: ViewerFacade,
  recording: Recording,
  finder: FileFinder,
  uuid: string,
  signal: AbortSignal,
): Promise<Playable | undefined> {
  const shown = viewer.annotations.get(uuid);
  // what the server does not know yet has no files
  const files = shown && shown.revision > 0 ? await finder.of(uuid, signal) : [];
  const first = files.find(({ kind }) => kind !== 'image') ?? files[0];
  if (first) return { kind: first.kind, item: first };
  const box = boxOf(viewer, recording, uuid);
  return box && { kind: 'box', box };
}
