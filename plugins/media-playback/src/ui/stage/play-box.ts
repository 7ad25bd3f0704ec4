import { bandToPlay, type SoundBox } from '../recording/grid.ts';
import type { ViewerState } from '../viewer-state.ts';

/** Plays a stretch of the image's recording, without what lies above and below it where the person likes that. */
export async function playBox({ recording, liking }: ViewerState, { part, band }: SoundBox): Promise<void> {
  const { player, grid } = recording;
  const shown = grid.value;
  if (!player.value || !shown) return;
  const passed = liking.value.isBandPassed ? bandToPlay(shown, band) : undefined;
  await player.value.playEvenly((transport) => transport.playPart(part, passed));
}
