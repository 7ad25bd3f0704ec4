import { usePlace, usePluginClient, useViewer } from '@exact/sdk/ui';
import { computed, effectScope, onScopeDispose, ref, shallowRef, watch, type EffectScope } from 'vue';
import { screeningContract } from '../shared/contract.ts';
import { isSeen } from './open-plan.ts';
import type { Outbox } from './outbox.ts';
import type { Screening } from './screening.ts';
import { createSending, type Sending } from './sending.ts';
import { useOpenPlans } from './use-open-plans.ts';
import type { PlanPreview } from './use-plan-draft.ts';
import { useSight } from './use-sight.ts';
import { useWalk, type Walk } from './use-walk.ts';

/** What is said to the reader. */
export interface Words {
  readonly noPlan: string;
  readonly atEnd: string;
  readonly allSeen: string;
  readonly stayHere: string;
  readonly noMark: string;
  readonly noField: string;
  readonly noneMine: string;
}

/** Screening of the open image; as long as its page is there. */
export function useScreening(words: Words): Screening {
  const viewer = useViewer();
  const place = usePlace();
  const client = usePluginClient(screeningContract);
  const { plans, open, me, isReady, choose, create, reload } = useOpenPlans();
  const sight = useSight(viewer);
  const isOn = ref(false);
  const isShown = ref(true);
  const note = shallowRef<string>();
  const preview = shallowRef<PlanPreview>();
  const outbox = shallowRef<Outbox<Sending>>();
  const walk = shallowRef<Walk>();

  watch(me, (userId) => {
    if (userId === undefined || outbox.value) return;
    outbox.value = createSending({
      ...{ projectId: place.projectId, userId },
      baseUrl: `/api/v2/projects/${place.projectId}/plugins/${place.pluginId}`,
      onRefused: (message) => (note.value = message),
    });
  });
  const goOn = (): void => outbox.value?.retry();
  window.addEventListener('online', goOn);

  let scope: EffectScope | undefined;
  function end(): void {
    isOn.value = false;
    scope?.stop();
    scope = undefined;
    walk.value = undefined;
  }
  watch(
    [open, outbox],
    ([now, box]) => {
      end();
      if (!now || !box || me.value === undefined) return;
      const parts = { viewer, sight, client, outbox: box, isOn, me: me.value };
      scope = effectScope(true);
      walk.value = scope.run(() => useWalk(now, parts));
    },
    { flush: 'sync' },
  );
  onScopeDispose(() => {
    end();
    window.removeEventListener('online', goOn);
    outbox.value?.dispose();
  });

  const at = computed(() => walk.value?.current.value);
  const progress = computed(() => {
    const now = open.value;
    if (!now) return undefined;
    const states = now.mine.map((index) => now.states.value[index]);
    return {
      seen: states.filter(isSeen).length,
      partial: states.filter((state) => state === 'partial').length,
      of: now.mine.length,
    };
  });
  const area = computed(() => {
    const now = open.value;
    if (!now) return undefined;
    const { seenArea, tissueShare } = now.coverage.of(now.states.value);
    return tissueShare === undefined
      ? { share: seenArea / now.coverage.regionArea, isTissue: false }
      : { share: tissueShare, isTissue: true };
  });

  function say(whether: boolean, words: string): void {
    note.value = whether ? undefined : words;
  }
  const isHere = (): boolean => isOn.value && walk.value !== undefined;
  const unseen = (index: number): boolean => !isSeen(open.value?.states.value[index]) && index !== at.value?.index;
  /** When the field at hand is the last one that was missing, leaving it is the end. */
  function isThrough(): boolean {
    const now = at.value;
    if (!now || !open.value || open.value.mine.some(unseen) || !(now.isSeenNow || isSeen(now.state))) return false;
    isOn.value = false;
    note.value = words.allSeen;
    return true;
  }

  return {
    imageId: viewer.image.value.id,
    ...{ sight, plans, open, me, isOn, isShown, note, preview, progress, area, choose, create, reload },
    current: at,
    hindrance: computed(() => walk.value?.hindrance.value),
    row: computed(() => walk.value?.row.value),
    unsent: computed(() => outbox.value?.unsent.value ?? 0),
    isAway: computed(() => outbox.value?.isAway.value ?? false),
    async start() {
      await isReady;
      if (!open.value || !walk.value) return void (note.value = words.noPlan);
      if (open.value.mine.length === 0) return void (note.value = words.noneMine);
      preview.value = undefined;
      note.value = undefined;
      isOn.value = true;
      walk.value.begin();
    },
    stop() {
      isOn.value = false;
      note.value = undefined;
    },
    next(by) {
      if (!isHere() || walk.value?.next(by)) return void (note.value = undefined);
      if (by < 0 || !isThrough()) note.value = by > 0 ? words.atEnd : words.noField;
    },
    nextUnseen() {
      if (!isHere() || walk.value?.nextWhere(unseen)) return void (note.value = undefined);
      if (!isThrough()) note.value = words.stayHere;
    },
    nextMarked() {
      const marked = new Set(open.value?.marks.value.map(({ field }) => field));
      if (isHere()) say(walk.value?.nextWhere((index) => marked.has(index)) ?? false, words.noMark);
    },
    towards(direction, marks) {
      if (isHere()) say(walk.value?.towards(direction, marks) ?? false, words.noField);
    },
    goTo(index) {
      if (!isHere()) return;
      note.value = undefined;
      walk.value?.goTo(index);
    },
    refit: () => walk.value?.refit(),
    toggleMark(index = at.value?.index) {
      if (index === undefined) return;
      const isMarked = open.value?.marks.value.some(({ field }) => field === index);
      walk.value?.setMark(index, isMarked ? undefined : '');
    },
    noteOn: (index, text) => walk.value?.setMark(index, text.trim()),
    markAndNext() {
      const index = at.value?.index;
      if (!isHere() || index === undefined) return;
      if (!at.value?.isMarked) walk.value?.setMark(index, '');
      this.next(1);
    },
    retry: goOn,
  };
}
