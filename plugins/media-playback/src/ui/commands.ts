import type { CommandHost } from '@exact/sdk/ui';
import { inHand, stepFile, stepFrame } from './files/open-files.ts';
import { boxOf } from './stage/playable.ts';
import { hold } from './stage/hold.ts';
import { playBox } from './stage/play-box.ts';
import { placeToPlay } from './recording/use-cursor.ts';
import { lastState } from './viewer-state.ts';

/** What was heard last, a file of the selected annotation, or the recording that the image shows. */
const player = () => inHand() ?? lastState()?.recording.player.value?.transport;

async function playSelectedBox(): Promise<void> {
  const state = lastState();
  const [uuid, ...others] = state?.viewer.annotations.selection.value ?? [];
  if (!state || uuid === undefined || others.length > 0) return;
  const box = boxOf(state.viewer, state.recording, uuid);
  if (box) await playBox(state, box);
}

async function playFromPointer(): Promise<void> {
  const state = lastState();
  const timeS = state && placeToPlay(state.viewer, state.recording);
  const transport = state?.recording.player.value?.transport;
  if (timeS === undefined || !transport) return;
  transport.setPart(undefined);
  transport.seek(timeS);
  await transport.play();
}

export const commands: Readonly<Record<string, (host: CommandHost) => void | Promise<void>>> = {
  'media-playback:toggle': () => player()?.toggle(),
  'media-playback:next': () => stepFile(1),
  'media-playback:previous': () => stepFile(-1),
  'media-playback:loop': () => {
    const state = lastState();
    if (state) state.liking.value.isLooping = !state.liking.value.isLooping;
  },
  'media-playback:frame-forward': () => stepFrame(1),
  'media-playback:frame-back': () => stepFrame(-1),
  'media-playback:box': playSelectedBox,
  'media-playback:from-pointer': playFromPointer,
  'media-playback:hold': hold,
};
