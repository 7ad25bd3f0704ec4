import { shallowRef } from 'vue';
import { makeUuid } from '../../annotate/store/index.ts';
import { notify } from '../../app/notices.ts';
import { report } from '../../app/problems.ts';
import { formatNumber } from '../../i18n/format.ts';
import { translate } from '../../i18n/index.ts';
import { hasLabel } from './image-labels.ts';
import { CLIP_AT_MOST, makeClip, pasteEdits, readClip, type Clip, type PasteRefusals } from './clipboard.ts';
import { stepName } from './tool-host.ts';
import type { Workbench } from './use-workbench.ts';

const KEY = 'exact:clipboard';
/** A browser keeps about 5 MB for all of a site. */
const MAX_STORED = 2_000_000;
/** Descriptions and meta data are read before copying; for more than this the shapes must do. */
const DETAILS_AT_MOST = 1000;
/** So that a copy does not hide what it was made from. */
const OFFSET_PX = 10;

/** What was copied in this tab, when it was too large to be kept for others. */
const memory = shallowRef<Clip>();
let pastes = 0;

function keep(clip: Clip): void {
  const text = JSON.stringify(clip);
  memory.value = clip;
  pastes = 0;
  try {
    if (text.length > MAX_STORED) throw new RangeError('too large');
    localStorage.setItem(KEY, text);
  } catch {
    localStorage.removeItem(KEY); // an older copy would be pasted in other tabs
    notify(translate('annotate.clip.thisTab'));
  }
  // for other programs; where the browser does not allow it, nothing is lost
  void navigator.clipboard?.writeText(text).catch(() => undefined);
}
window.addEventListener('storage', (event) => {
  if (event.key === KEY && event.newValue !== null) memory.value = undefined; // copied in another tab
});
const clipNow = (): Clip | undefined => memory.value ?? readClip(localStorage.getItem(KEY));

/** Whether there is something to paste; without reading it, since this is asked often. */
export const hasClip = (): boolean => memory.value !== undefined || localStorage.getItem(KEY) !== null;

export async function copySelected(bench: Workbench): Promise<void> {
  const uuids = bench.selection.value;
  if (uuids.length > CLIP_AT_MOST)
    return notify(
      translate('annotate.clip.tooMany', { count: formatNumber(uuids.length), most: formatNumber(CLIP_AT_MOST) }),
    );
  try {
    if (uuids.length <= DETAILS_AT_MOST) await bench.store.ensureDetails(uuids);
  } catch (error) {
    return report(error, translate('annotate.clip.failed'));
  }
  const records = uuids.flatMap((uuid) => bench.store.get(uuid) ?? []);
  const { id: imageId, projectId } = bench.image.value;
  keep(makeClip(records, bench.templates.value, { projectId, imageId }));
  const key = records.some((record) => record.description === undefined) ? 'copiedShapes' : 'copied';
  notify(translate(`annotate.clip.${key}`, { count: formatNumber(records.length) }));
}

/** Pastes what was copied, or a text that another program has put on the clipboard. @returns whether there was something */
export function paste(
  bench: Workbench,
  options: { readonly isInPlace?: boolean; readonly text?: string } = {},
): boolean {
  const clip = options.text === undefined ? clipNow() : readClip(options.text);
  if (!clip || !bench.mayWrite) return false;
  const { id, projectId, width, height } = bench.image.value;
  pastes += 1;
  const isBeside = clip.imageId === id && options.isInPlace !== true;
  const [dx, dy] = isBeside ? onImage(bench, OFFSET_PX * pastes) : [0, 0];
  const { edits, refused } = pasteEdits(clip, {
    projectId,
    templates: bench.templates.value,
    width,
    height,
    dx,
    dy,
    hasLabel: (templateId) => hasLabel(bench, templateId),
    makeUuid,
  });
  if (edits.length > 0) {
    bench.update(stepName('paste'), edits);
    bench.select(edits.map((edit) => edit.uuid));
  }
  notify(
    [
      translate('annotate.clip.pasted', { count: formatNumber(edits.length) }),
      ...reasonsOf(refused, clip, projectId),
    ].join(' '),
  );
  return true;
}

/** A way on the screen, right and down, as level-0 pixels: the view may be turned. */
function onImage({ layer }: Workbench, px: number): [number, number] {
  const [from, to] = [layer.screenToImage(0, 0), layer.screenToImage(px, px)];
  return from && to ? [to.x - from.x, to.y - from.y] : [px, px];
}

function reasonsOf({ outside, classes, labels }: PasteRefusals, clip: Clip, projectId: number): string[] {
  const count = (value: number) => ({ count: formatNumber(value) });
  return [
    ...(outside > 0 ? [translate('annotate.clip.outside', count(outside))] : []),
    ...(labels > 0 ? [translate('annotate.clip.labels', count(labels))] : []),
    ...classes.map(({ name, kind, count: missing }) =>
      translate(clip.projectId === projectId ? 'annotate.clip.retired' : 'annotate.clip.noClass', {
        ...count(missing),
        name,
        kind: translate(`projects.kinds.${kind}`),
      }),
    ),
  ];
}
