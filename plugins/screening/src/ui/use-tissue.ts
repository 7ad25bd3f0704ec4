import { tissueMask, type TissueMask } from '@exact/screening';
import type { Image } from '@exact/sdk/contract';
import { ProblemError, usePlace, usePluginClient, useViewer } from '@exact/sdk/ui';
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import { screeningContract } from '../shared/contract.ts';
import type { TissueMaskView, TissueParameters } from '../shared/model.ts';
import type { Tint } from './draw.ts';
import { maskOf } from './open-plan.ts';

/** The mask of tissue that is shown while a plan is made. */
export interface ShownTissue {
  readonly mask: TissueMask;
  readonly outline: readonly (readonly number[])[];
  readonly threshold: number;
  /** Share of the image. */
  readonly share: number;
  /** The finished one of the server; undefined while it is a quick one made of the thumbnail. */
  readonly id: string | undefined;
}

/** Parameters come to rest before the server is asked: each mask is kept for good. */
const REST_MS = 600;
/** The event that a mask is finished may be lost with the line. */
const LOOK_MS = 2000;

/**
 * Gives the mask of the parameters as they change: at once a quick one of the image's thumbnail, a little later the exact one, which a job
 * of the server makes of a finer level.
 */
export function useTissue(parameters: () => TissueParameters | undefined): {
  readonly shown: Readonly<Ref<ShownTissue | undefined>>;
  readonly problem: Readonly<Ref<string | undefined>>;
  readonly isWaiting: Readonly<Ref<boolean>>;
  /** The finished mask of the present parameters; waits for it. @throws what the server says */
  finished(): Promise<ShownTissue>;
} {
  const viewer = useViewer();
  const place = usePlace();
  const client = usePluginClient(screeningContract);
  const shown = shallowRef<ShownTissue>();
  const problem = shallowRef<string>();
  const isWaiting = shallowRef(false);
  const thumbnail = shallowRef<Pixels>();
  let asked: { readonly key: string; readonly answer: Promise<ShownTissue> } | undefined;
  let wake: (() => void) | undefined;
  const isGone = new AbortController();
  onScopeDispose(() => isGone.abort());
  onScopeDispose(place.onEvent('screening:tissue', () => wake?.()));

  void readThumbnail(viewer.image.value, isGone.signal).then(
    (pixels) => (thumbnail.value = pixels),
    () => undefined, // without it there is no quick mask; the exact one comes
  );

  function ask(wanted: TissueParameters): Promise<ShownTissue> {
    const key = JSON.stringify(wanted);
    if (asked?.key === key) return asked.answer;
    const answer = make(wanted);
    asked = { key, answer };
    answer.catch(() => asked?.answer === answer && (asked = undefined)); // it may be asked for again
    return answer;
  }
  async function make(wanted: TissueParameters): Promise<ShownTissue> {
    const { id: imageId, width, height } = viewer.image.value;
    let tissue = await client.findTissue({ params: { imageId }, body: wanted }, isGone.signal);
    while (tissue.state === 'waiting') {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      isGone.signal.throwIfAborted();
      tissue =
        (await client.tissues({ params: { imageId } }, isGone.signal)).find(({ id }) => id === tissue.id) ?? tissue;
    }
    if (tissue.state !== 'done') throw new Error(tissue.problem ?? tissue.state);
    const view: TissueMaskView = await client.tissue({ params: { imageId, tissueId: tissue.id } }, isGone.signal);
    const mask = maskOf(view, { width, height });
    if (!mask || !view.found) throw new Error(tissue.state);
    return { mask, outline: view.outline, threshold: view.found.threshold, share: view.found.share, id: view.id };
  }

  watch(
    [parameters, thumbnail],
    ([wanted, picture], _, onCleanup) => {
      problem.value = undefined;
      isWaiting.value = wanted !== undefined;
      if (!wanted) return void (shown.value = undefined);
      const { width, height } = viewer.image.value;
      if (picture)
        try {
          const { mask, threshold } = tissueMask(picture, { width, height }, { ...wanted, minPart: 0 });
          const share = mask.area({ minX: 0, minY: 0, maxX: width, maxY: height }) / (width * height);
          shown.value = { mask, outline: [], threshold, share, id: undefined };
        } catch (error) {
          problem.value = error instanceof Error ? error.message : String(error);
        }
      let isOld = false;
      const timer = setTimeout(() => {
        ask(wanted).then(
          (exact) => {
            if (isOld) return;
            shown.value = exact;
            isWaiting.value = false;
          },
          (error: unknown) => {
            if (isOld || isGone.signal.aborted) return;
            isWaiting.value = false;
            if (error instanceof ProblemError || error instanceof Error) problem.value = error.message;
          },
        );
      }, REST_MS);
      onCleanup(() => {
        isOld = true;
        clearTimeout(timer);
      });
    },
    { immediate: true },
  );

  return {
    shown,
    problem,
    isWaiting,
    finished() {
      const wanted = parameters();
      if (!wanted) throw new Error('No mask is asked for.');
      return ask(wanted);
    },
  };
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGB, row by row. */
  readonly data: Uint8Array;
}

async function readThumbnail(image: Image, signal: AbortSignal): Promise<Pixels> {
  const address = `/api/v2/images/${image.id}/thumbnail?v=${encodeURIComponent(image.contentVersion)}`;
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`The thumbnail of image ${image.id} answered ${response.status}.`);
  const bitmap = await createImageBitmap(await response.blob());
  const { width, height } = bitmap;
  const ctx = new OffscreenCanvas(width, height).getContext('2d');
  if (!ctx) throw new Error('The browser gives no canvas.');
  ctx.drawImage(bitmap, 0, 0);
  const { data: rgba } = ctx.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    data[to] = rgba[from] ?? 0;
    data[to + 1] = rgba[from + 1] ?? 0;
    data[to + 2] = rgba[from + 2] ?? 0;
  }
  return { width, height, data };
}

/** What is no tissue is veiled, so that tissue keeps its colours. */
export function tintOf({ width, height, bits, image }: TissueMask): Tint | undefined {
  const picture = new OffscreenCanvas(width, height);
  const ctx = picture.getContext('2d');
  if (!ctx) return undefined;
  const pixels = ctx.createImageData(width, height);
  const colours = new Uint32Array(pixels.data.buffer); // a pixel at a time: a mask has up to a million
  for (let i = 0; i < bits.length; i++) if (!bits[i]) colours[i] = VEIL;
  ctx.putImageData(pixels, 0, 0);
  return { picture, ...image };
}
/** Red 18, green 60, blue 92, 59 % opaque, lowest byte first as in every browser. */
const VEIL = 0x965c3c12;
