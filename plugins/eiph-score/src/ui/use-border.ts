import type { Template } from '@exact/sdk/contract';
import { useContextKey, usePlace, usePluginClient, useViewer } from '@exact/sdk/ui';
import { computed, nextTick, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { eiphScoreContract, MAX_PAGE, type QueuedCell } from '../shared/contract.ts';
import { sessionOf, takeInHand, takeWish } from './border-session.ts';
import { useGrades } from './cells.ts';

/** Room around a cell: enough of its neighbours to grade by comparison. */
const ROOM = 2.5;
/** Half of what is shown around a cell whose size is not known yet, in level-0 pixels. */
const AROUND_PX = 40;
/** So many of the next cells are fetched ahead. */
const AHEAD = 3;

/** Going through cells near a border, one after the other. */
export function useBorder(words: (key: string, values?: Record<string, unknown>) => string) {
  const place = usePlace();
  const viewer = useViewer();
  const client = usePluginClient(eiphScoreContract);
  const { gradeOf, templates } = useGrades();
  const session = sessionOf(place.projectId);
  const facts = shallowRef<Awaited<ReturnType<typeof client.border>>>();
  const note = ref<string>();
  const isLoading = ref(false);
  const item = computed(() => (session.isOn ? session.items[session.at] : undefined));
  const isHere = computed(() => item.value?.imageId === viewer.image.value.id);
  const mayVerify = place.permissions.includes('annotations:verify');
  const mayMove = place.permissions.includes('annotations:write');
  const done = computed(() => session.items.filter(({ uuid }) => session.said.has(uuid)).length);

  async function start(): Promise<void> {
    isLoading.value = true;
    note.value = undefined;
    const { id, imageSetId } = viewer.image.value;
    try {
      const answer = await client.border({
        query: { limit: MAX_PAGE, ...(session.where === 'image' ? { imageId: id } : { imageSetId }) },
      });
      facts.value = answer;
      session.said.clear();
      Object.assign(session, { items: answer.items, total: answer.total, at: 0, isOn: answer.items.length > 0 });
      await show();
    } catch (error) {
      place.report(error);
    } finally {
      isLoading.value = false;
    }
  }

  async function show(): Promise<void> {
    const now = item.value;
    if (!now) return;
    note.value = undefined;
    if (!isHere.value) return place.openImage(now.imageId, now.uuid);
    viewer.goTo(around(now), { isImmediate: true, room: ROOM });
    for (const next of session.items.slice(session.at + 1, session.at + 1 + AHEAD))
      viewer.preload(around(next), { room: ROOM, imageId: next.imageId });
    try {
      await viewer.annotations.ensure([now.uuid]);
    } catch (error) {
      place.report(error);
    }
    if (item.value !== now) return;
    if (viewer.annotations.get(now.uuid)) viewer.annotations.select([now.uuid]);
    else note.value = words('border.gone');
  }

  /** Hands the cell that is on the screen over, with its present state. */
  function withCell(may: boolean, why: string, work: (uuid: string, revision: number) => void): void {
    const now = item.value;
    const object = now && viewer.annotations.get(now.uuid);
    if (!now || !isHere.value) return;
    if (!may) note.value = words(why);
    else if (!object || object.revision === 0) note.value = words('border.gone');
    else work(now.uuid, object.revision);
  }
  const verify = (uuid: string): void => {
    if (mayVerify) viewer.annotations.verify([{ uuid, verdict: 'accepted' }], place.pluginId);
  };
  function accept(): void {
    withCell(mayVerify, 'border.mayNotVerify', (uuid) => {
      verify(uuid);
      session.said.set(uuid, 'kept');
      step(1);
    });
  }
  /** Its score stays as it is; who moves a cell has looked at it, so it is verified as well. */
  function moveTo(templateId: number): void {
    withCell(mayMove, 'border.mayNotMove', (uuid, revision) => {
      viewer.annotations
        .change({ update: [{ uuid, revision, templateId }] }, place.pluginId)
        .then(() => verify(uuid), place.report);
      session.said.set(uuid, 'moved');
      step(1);
    });
  }
  /** The classes of the two grades that the border parts, the lower one first; of several of a grade the first. */
  const sides = computed(() => {
    const now = item.value;
    if (!now) return [];
    const product = viewer.templates.value.find(({ id }) => id === now.templateId)?.productId;
    return [Math.floor(now.cut), Math.ceil(now.cut)].map((grade) => ({
      grade,
      template:
        templates.value.find((one) => one.grade === grade && one.productId === product) ??
        templates.value.find((one) => one.grade === grade),
    }));
  });
  const otherSide = computed(() => {
    const own =
      item.value && gradeOf.value.get(viewer.annotations.get(item.value.uuid)?.templateId ?? item.value.templateId);
    const [low, high] = sides.value;
    return own !== undefined && low && own <= low.grade ? high : low;
  });
  function cross(): void {
    if (otherSide.value?.template) moveTo(otherSide.value.template.id);
    else if (item.value) note.value = words('border.noTemplate', { grade: otherSide.value?.grade });
  }
  function byKey(template: Template): boolean {
    const now = item.value;
    const object = now && viewer.annotations.get(now.uuid);
    if (!object || !isHere.value) return false;
    if (template.id === object.templateId) accept();
    else if (template.kind !== object.geometry.kind) note.value = words('border.wrongKind', { name: template.name });
    else moveTo(template.id);
    return true;
  }

  function step(by: 1 | -1): void {
    let at = session.at + by;
    // on the way forward what has been said is passed over
    while (by > 0 && session.said.has(session.items[at]?.uuid ?? '')) at++;
    if (at < 0) return;
    if (at >= session.items.length) {
      session.isOn = false;
      note.value = words('border.through', { done: done.value, total: session.items.length });
      return;
    }
    goTo(at);
  }
  function goTo(at: number): void {
    Object.assign(session, { at, isOn: true });
    void show();
  }
  const stop = (): void => void (session.isOn = false);

  useContextKey('eiph-score:queue', () => session.isOn && isHere.value);
  onScopeDispose(viewer.annotations.onClassKey(byKey));
  onScopeDispose(takeInHand({ start: () => void start(), accept, cross, step, stop }));
  // a new page of the way, or a wish from the palette: begin when there is something to see
  const stopWaiting = watch(
    () => viewer.view.value.bounds.maxX > viewer.view.value.bounds.minX,
    async (isReady) => {
      if (!isReady) return;
      await nextTick();
      stopWaiting();
      if (takeWish()) await start();
      else if (isHere.value) await show();
    },
    { immediate: true },
  );
  return {
    ...{ session, facts, item, isHere, note, isLoading, done, sides, otherSide, mayVerify, mayMove },
    ...{ start, accept, cross, moveTo, step, goTo, stop },
  };
}

const around = ({ x, y }: QueuedCell) => ({
  minX: x - AROUND_PX / 2,
  minY: y - AROUND_PX / 2,
  maxX: x + AROUND_PX / 2,
  maxY: y + AROUND_PX / 2,
});
