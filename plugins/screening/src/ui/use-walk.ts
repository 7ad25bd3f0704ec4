import { fieldAround, SCALE_TOLERANCE, SEEN_SHARE, type FieldState, type OpenVisit } from '@exact/screening';
import type { Client } from '@exact/sdk/contract';
import type { ViewerFacade } from '@exact/sdk/ui';
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import type { screeningContract } from '../shared/contract.ts';
import type { FieldRow } from '../shared/model.ts';
import { fieldTowards, nextFitting, type Direction } from './field-steps.ts';
import { isSeen, type OpenPlan } from './open-plan.ts';
import type { Outbox } from './outbox.ts';
import type { CurrentField, Hindrance } from './screening.ts';
import { DEVICE_ID, groupOf, type Sending } from './sending.ts';
import { useVisits } from './use-visits.ts';
import { isUpright } from './sight.ts';
import type { Sight } from './use-sight.ts';

/** How often the place is told to the server while it changes. */
const POSITION_MS = 2000;
/** Figures of a field are asked for when one stays. */
const ROW_REST_MS = 250;
/** A picture that is not complete for longer is worth a word. */
const SLOW_MS = 1000;
/** Fields ahead whose tiles are fetched. */
const AHEAD = 2;

export interface Walk {
  readonly current: Readonly<Ref<CurrentField | undefined>>;
  readonly hindrance: Readonly<Ref<Hindrance | undefined>>;
  readonly row: Readonly<Ref<FieldRow | undefined>>;
  /** Goes to the place of last time, else to the first field that was not seen. */
  begin(): void;
  next(by: 1 | -1): boolean;
  nextWhere(fits: (index: number) => boolean): boolean;
  towards(direction: Direction, marks: boolean): boolean;
  goTo(index: number, marks?: boolean): void;
  refit(): void;
  setMark(index: number, note: string | undefined): void;
}

export interface WalkParts {
  readonly viewer: ViewerFacade;
  readonly sight: Sight;
  readonly client: Client<typeof screeningContract>;
  readonly outbox: Outbox<Sending>;
  readonly isOn: Readonly<Ref<boolean>>;
  readonly me: number;
}

/** A reader on the way through the fields of a plan. */
export function useWalk(open: OpenPlan, { viewer, sight, client, outbox, isOn, me }: WalkParts): Walk {
  const { plan, grid, mine } = open;
  const at = shallowRef<number>();
  const stay = shallowRef<OpenVisit>();
  const row = shallowRef<FieldRow>();
  const visits = useVisits(viewer, sight, open, outbox, isOn, (stays) => {
    const now = stays.find(({ field }) => field === at.value);
    const last = stay.value;
    if (now?.isSeen !== last?.isSeen || now?.field !== last?.field || isNextStep(now, last)) stay.value = now;
  });
  const orderOf = new Map(mine.map((index, order) => [index, order]));

  function goTo(index: number, marks = true, exactly = placeOf(index)): void {
    const field = grid.fields[index];
    if (!field) return;
    if (isOn.value) visits.leave(marks);
    at.value = index;
    stay.value = undefined;
    viewer.goTo(exactly, { isImmediate: true });
    void settle(index, exactly.downsample);
    const order = orderOf.get(index) ?? 0;
    for (const next of mine.slice(order + 1, order + 1 + AHEAD)) {
      const box = grid.fields[next];
      if (box) viewer.preload(box, { room: 0 });
    }
  }
  /** The planned scale; nearer where the field is smaller than planned, as a whole image may be, but not beyond its stored pixels. */
  function placeOf(index: number): { x: number; y: number; downsample: number } {
    const box = grid.fields[index] ?? grid.region;
    const { width, height } = sight.size.value;
    const fitting = Math.max(1, (box.maxX - box.minX) / width, (box.maxY - box.minY) / height);
    const downsample = Math.min(plan.downsample, fitting);
    return { ...sight.centerFor(box, downsample), downsample };
  }
  /** The viewer does not show an image ever so small: where it came nearer than asked, the field has moved. */
  async function settle(index: number, asked: number): Promise<void> {
    // the view follows with the next drawing, which may come after what others do in a frame
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const box = grid.fields[index];
    const { downsample } = viewer.view.value;
    if (!box || at.value !== index || Math.abs(downsample / asked - 1) < 0.01) return;
    viewer.goTo(sight.centerFor(box, downsample), { isImmediate: true });
  }
  const go = (index: number | undefined, marks = true): boolean => {
    if (index === undefined) return false;
    goTo(index, marks);
    return true;
  };

  // who moves the image by hand is at the field in the middle
  watch(viewer.view, (view) => {
    if (!isOn.value || view.downsample > plan.downsample * SCALE_TOLERANCE) return;
    const box = sight.boxOf(view);
    const around = box && fieldAround(grid, (box.minX + box.maxX) / 2, (box.minY + box.maxY) / 2)?.index;
    if (around === undefined || around === at.value || !open.isMine(around)) return;
    at.value = around;
    stay.value = undefined;
  });

  let told = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  function tell(): void {
    clearTimeout(timer);
    timer = undefined;
    told = Date.now();
    const field = at.value;
    if (field === undefined) return;
    const { centerX: x, centerY: y, downsample } = viewer.view.value;
    open.position.value = { field, x, y, downsample, at: new Date(told).toISOString(), deviceId: DEVICE_ID };
    const sending: Sending = { kind: 'position', position: { at: told, field, x, y, downsample } };
    const group = groupOf(plan.id, sending);
    outbox.finish(group, group, sending);
  }
  watch([at, viewer.view], () => {
    if (isOn.value) timer ??= setTimeout(tell, Math.max(0, told + POSITION_MS - Date.now()));
  });
  watch(
    isOn,
    (on, was) => {
      if (was && !on && timer) tell();
    },
    { flush: 'sync' },
  );
  const close = (): void => void (timer && tell());
  window.addEventListener('pagehide', close, { capture: true }); // before the outbox sends for the last time
  onScopeDispose(() => {
    window.removeEventListener('pagehide', close, { capture: true });
    close();
  });

  const state = computed<FieldState>(() => open.states.value[at.value ?? -1] ?? 'unseen');
  watch([at, isOn, state, viewer.annotations.version], ([index, on], [before], onCleanup) => {
    if (index !== before) row.value = undefined;
    if (index === undefined || !on) return;
    const abort = new AbortController();
    const rest = setTimeout(() => {
      client.fields({ params: { planId: plan.id }, query: { readerId: me, fields: String(index) } }, abort.signal).then(
        ([found]) => (row.value = found),
        () => undefined, // figures beside the work: what cannot be had now is asked for at the next field
      );
    }, ROW_REST_MS);
    onCleanup(() => {
      clearTimeout(rest);
      abort.abort();
    });
  });

  const current = computed<CurrentField | undefined>(() => {
    const index = at.value;
    if (index === undefined) return undefined;
    return {
      index,
      number: (orderOf.get(index) ?? 0) + 1,
      state: state.value,
      isSeenNow: stay.value?.isSeen ?? false,
      dwellMs: stay.value?.dwellMs ?? 0,
      isMarked: open.marks.value.some(({ field }) => field === index),
    };
  });
  const isTooSmall = computed(() => {
    const [field] = grid.fields;
    if (!field) return false;
    const [width, height] = [field.maxX - field.minX, field.maxY - field.minY];
    const limit = plan.downsample * SCALE_TOLERANCE;
    const { width: across, height: down } = sight.size.value;
    return Math.min(1, (across * limit) / width) * Math.min(1, (down * limit) / height) < SEEN_SHARE;
  });
  // each step loads tiles for a moment; what is said only then would flicker
  const isSlow = shallowRef(false);
  watch(
    viewer.isSharp,
    (isSharp, _, onCleanup) => {
      isSlow.value = false;
      const waiting = isSharp ? undefined : setTimeout(() => (isSlow.value = true), SLOW_MS);
      onCleanup(() => clearTimeout(waiting));
    },
    { immediate: true },
  );
  const hindrance = computed<Hindrance | undefined>(() => {
    if (!isOn.value) return undefined;
    const { downsample, rotation } = viewer.view.value;
    if (!isUpright(rotation)) return 'turned';
    if (isTooSmall.value) return 'tooSmallWindow';
    if (downsample > plan.downsample * SCALE_TOLERANCE) return 'tooCoarse';
    return isSlow.value ? 'loading' : undefined;
  });

  return {
    ...{ current, hindrance, row, goTo },
    begin() {
      const last = open.position.value;
      if (last && open.isMine(last.field)) {
        // who had gone nearer goes on there; at the planned scale the field has to fit into this window, which may be another one
        const wasNearer = last.downsample < plan.downsample / SCALE_TOLERANCE;
        goTo(last.field, true, wasNearer ? last : placeOf(last.field));
      } else goTo(mine.find((index) => !isSeen(open.states.value[index])) ?? mine[0] ?? 0);
    },
    next(by) {
      const order = (orderOf.get(at.value ?? -1) ?? -1) + by;
      return go(mine[order]);
    },
    nextWhere: (fits) => go(nextAmong(mine, orderOf.get(at.value ?? -1) ?? -1, fits)),
    towards: (direction, marks) => go(fieldTowards(grid, at.value ?? -1, direction, open.isMine), marks),
    refit() {
      if (at.value === undefined) return;
      const exactly = placeOf(at.value);
      viewer.goTo(exactly, { isImmediate: true });
      void settle(at.value, exactly.downsample);
    },
    setMark(index, note) {
      open.setMark(index, note);
      const sending: Sending = { kind: 'mark', field: index, note };
      const group = groupOf(plan.id, sending);
      outbox.finish(group, group, sending);
    },
  };
}

function nextAmong(fields: readonly number[], from: number, fits: (index: number) => boolean): number | undefined {
  const order = nextFitting(fields.length, from, (at) => fits(fields[at] ?? -1));
  return order === undefined ? undefined : fields[order];
}

/** The time at a field is shown in seconds: more would have the panel drawn anew for nothing. */
const isNextStep = (a: OpenVisit | undefined, b: OpenVisit | undefined): boolean =>
  Math.floor((a?.dwellMs ?? 0) / 1000) !== Math.floor((b?.dwellMs ?? 0) / 1000);
