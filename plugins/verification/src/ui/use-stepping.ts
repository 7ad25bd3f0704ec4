import {
  OfflineError,
  ProblemError,
  useContextKey,
  usePlace,
  usePluginClient,
  useViewer,
  type ShapeProposal,
} from '@exact/sdk/ui';
import type { Geometry } from '@exact/geometry';
import type { Template } from '@exact/sdk/contract';
import { computed, nextTick, onScopeDispose, shallowRef, watch, type ComputedRef, type Ref } from 'vue';
import { MAX_ACTIVE_MS, type OpinionView, type QueueItem, type SituationView } from '../shared/model.ts';
import { verificationContract } from '../shared/contract.ts';
import { changeShape, frameOf, type ShapeStep } from './framing.ts';
import { arriveAt, type Said, sessionOf, takeInHand, takeWish, type Session } from './session.ts';
import { useActiveTime } from './use-active-time.ts';
import { createVoteSender, type VoteSender } from './vote-sender.ts';

/** How many views ahead are fetched. */
const AHEAD = 2;

/** One line of votes a project and person, whatever page is open. */
const senders = new Map<string, VoteSender>();

export interface Stepping {
  readonly session: Session;
  readonly item: ComputedRef<QueueItem | undefined>;
  /** The object whose sharp picture is on the screen. */
  readonly shown: Readonly<Ref<string | undefined>>;
  readonly isReshaping: ComputedRef<boolean>;
  readonly isLoading: Readonly<Ref<boolean>>;
  readonly opinion: Readonly<Ref<OpinionView | undefined>>;
  readonly note: Readonly<Ref<string | undefined>>;
  readonly sender: ComputedRef<VoteSender | undefined>;
  /** Objects with one's verdict, of all in the place that is gone through. */
  readonly done: ComputedRef<number>;
  readonly mayDecide: ComputedRef<boolean>;
  /** One's verdict on an object, of this session or before. */
  saidOf(item: QueueItem): Said['verdict'] | null;
  /** Time at work since it was last asked, milliseconds. */
  takeTime(): number;
  start(): Promise<void>;
  stop(): void;
  decide(verdict: 'accept' | 'reject' | 'unsure'): void;
  relabel(template: Template): boolean;
  reshape(): void;
  confirm(): void;
  cancelShape(): void;
  next(): void;
  back(): void;
  undo(): void;
  /** An adjudicator's decision with its reason. */
  settle(reason: string): Promise<void>;
}

/** Goes through objects: shows one after the other, takes what is said of them, and fetches what comes next. */
export function useStepping(
  situation: Readonly<Ref<SituationView | undefined>>,
  words: { readonly noneLeft: string; readonly wrongKind: (name: string) => string; readonly gone: string },
  complete: () => void,
): Stepping {
  const viewer = useViewer();
  const place = usePlace();
  const client = usePluginClient(verificationContract);
  const session = sessionOf(place.projectId);
  arriveAt(session, viewer.image.value.id);
  const takeTime = useActiveTime();
  const shown = shallowRef<string>();
  const proposal = shallowRef<ShapeProposal>();
  const isLoading = shallowRef(false);
  const opinion = shallowRef<OpinionView>();
  const note = shallowRef<string>();
  const item = computed(() => (session.isOn ? session.items[session.at] : undefined));
  const isHere = computed(() => item.value !== undefined && item.value.imageId === viewer.image.value.id);
  /** The shape that the proposal began with, and whether its change was asked for by key. */
  const before = shallowRef<Geometry>();
  const isShaping = shallowRef(false);
  const isReshaping = computed(
    () => proposal.value !== undefined && (isShaping.value || proposal.value.geometry.value !== before.value),
  );
  const isTogether = computed(() => situation.value?.mode === 'cooperative');
  const isReview = computed(() => session.choice.which === 'review' && !isTogether.value);
  const mayDecide = computed(() => {
    const now = situation.value;
    if (!now) return false;
    if (isReview.value) return now.seesAll;
    return isTogether.value ? now.mayVerify : now.mayVote && now.isOpen;
  });
  /** What readers say is a vote: a drag that slips changes their proposal, never the annotation. */
  const keepsAnnotation = computed(() => mayDecide.value && !isTogether.value);
  let turn = 0;

  const sender = computed(() => (situation.value && !isTogether.value ? senderFor(situation.value.me) : undefined));
  function senderFor(me: number): VoteSender {
    const key = `exact:verification:votes:${place.projectId}:${me}`;
    const known = senders.get(key);
    if (known) return known;
    const made = createVoteSender({
      storage: localStorage,
      key,
      send: ({ imageId, draft }) => client.vote({ params: { imageId }, body: draft }),
      isRefusal: (error) =>
        error instanceof ProblemError && error.status < 500 && error.status !== 429 && error.status !== 401,
      onRefused({ imageId, draft }, error) {
        session.refused.set(draft.annotation, {
          imageId,
          reason: error instanceof Error ? error.message : String(error),
        });
        session.said.delete(draft.annotation);
      },
    });
    senders.set(key, made);
    return made;
  }

  const saidOf = (one: QueueItem): Said['verdict'] | null => {
    const verdict = session.said.get(one.annotation)?.verdict ?? one.mine;
    return verdict === 'none' ? null : verdict;
  };
  const done = computed(() =>
    session.items.reduce((sum, one) => sum + Number(saidOf(one) !== null) - Number(one.mine !== null), session.done),
  );

  async function start(): Promise<void> {
    isLoading.value = true;
    note.value = undefined;
    const { where, which, order, templates } = session.choice;
    try {
      const { items, total, done } = await client.queue({
        query: {
          which: which === 'review' && isTogether.value ? 'todo' : which,
          order,
          limit: 2000,
          ...(where === 'image' ? { imageId: viewer.image.value.id } : {}),
          ...(where === 'imageSet' ? { imageSetId: viewer.image.value.imageSetId } : {}),
          ...(templates.length > 0 ? { templates: templates.join(',') } : {}),
        },
      });
      Object.assign(session, {
        items,
        total,
        done,
        at: 0,
        isThrough: items.length === 0,
        isOn: items.length > 0,
        deciding: undefined,
      });
      session.said.clear();
      session.history.length = 0;
      if (items.length === 0) note.value = words.noneLeft;
      takeTime();
      await show();
    } catch (error) {
      if (error instanceof ProblemError) note.value = error.message;
      else place.report(error);
    } finally {
      isLoading.value = false;
    }
  }

  /** Brings the present object on the screen, and fetches what comes next. */
  async function show(): Promise<void> {
    const own = ++turn;
    endShape();
    opinion.value = undefined;
    shown.value = undefined;
    const now = item.value;
    if (!now) return;
    if (now.imageId !== viewer.image.value.id) return place.openImage(now.imageId, now.annotation);
    const { width, height } = viewer.image.value;
    const frame = now.bounds ? frameOf(now.bounds) : { minX: 0, minY: 0, maxX: width, maxY: height };
    viewer.goTo(frame, { isImmediate: true, room: 0 });
    for (const next of session.items.slice(session.at + 1, session.at + 1 + AHEAD))
      if (next.bounds) viewer.preload(frameOf(next.bounds), { room: 0, imageId: next.imageId });
    try {
      if (!viewer.annotations.get(now.annotation)) await viewer.annotations.ensure([now.annotation]);
    } catch (error) {
      place.report(error);
    }
    if (own !== turn) return;
    note.value = viewer.annotations.get(now.annotation) ? undefined : words.gone;
    viewer.annotations.select([now.annotation]);
    if (keepsAnnotation.value) hold(now.annotation);
    void tellWhenSharp(own, now.annotation);
    const ahead = session.items
      .slice(session.at + 1, session.at + 1 + AHEAD)
      .filter(({ imageId, annotation }) => imageId === now.imageId && !viewer.annotations.get(annotation))
      .map(({ annotation }) => annotation);
    if (ahead.length > 0) viewer.annotations.ensure(ahead).catch(() => undefined); // it is asked for again when it is its turn
    if (situation.value?.seesAll || saidOf(now) !== null) void loadOpinion(own, now);
  }

  async function tellWhenSharp(own: number, annotation: string): Promise<void> {
    // the view is drawn with the next frame; only then is known which tiles it needs
    await frames(2);
    if (own !== turn) return;
    const tell = (): void => void (own === turn && (shown.value = annotation));
    if (viewer.isSharp.value) return tell();
    const stop = watch(viewer.isSharp, (isSharp) => {
      if (own !== turn) stop();
      else if (isSharp) {
        stop();
        tell();
      }
    });
  }

  async function loadOpinion(own: number, now: QueueItem): Promise<void> {
    if (isTogether.value) return;
    // Others' opinions show after one's own: asked for while it is on its way, the answer would not have them.
    await sender.value?.whenSent(now.annotation);
    if (own !== turn) return;
    try {
      const found = await client.opinion({ params: { imageId: now.imageId, annotationId: now.annotation } });
      if (own === turn) opinion.value = found;
    } catch (error) {
      if (!(error instanceof OfflineError) && !(error instanceof ProblemError)) place.report(error);
    }
  }

  function say(said: Said): void {
    const now = item.value;
    const object = now && viewer.annotations.get(now.annotation);
    if (!now || !isHere.value || !mayDecide.value) return;
    if (!object || object.revision === 0) return void (note.value = words.gone);
    if (isReview.value) {
      if (said.verdict === 'unsure' || said.verdict === 'none') return;
      session.deciding = {
        annotation: now.annotation,
        revision: object.revision,
        ...(said as Said & { verdict: 'accept' }),
      };
      return;
    }
    const known = session.said.get(now.annotation);
    session.history.push({
      item: now,
      at: session.at,
      before: known ?? beforeOf(now),
      ...(isTogether.value ? { restore: { templateId: object.templateId, geometry: object.geometry } } : {}),
    });
    give(now, said);
    go(1);
  }

  const beforeOf = ({ mine }: QueueItem): Said | 'unknown' | undefined =>
    mine === null ? undefined : mine === 'relabel' || mine === 'reshape' ? 'unknown' : { verdict: mine };

  /** Sends what was said: as a vote, or, where people work together, as a verdict and change of the annotation. */
  function give(on: QueueItem, said: Said): void {
    const { annotation, imageId } = on;
    const object = viewer.annotations.get(annotation);
    if (!object) return;
    session.said.set(annotation, said);
    session.refused.delete(annotation);
    if (!isTogether.value) {
      sender.value?.push({
        imageId,
        draft: {
          voteId: crypto.randomUUID(),
          annotation,
          revision: object.revision,
          ...said,
          activeMs: Math.min(MAX_ACTIVE_MS, takeTime()),
        },
      });
      return;
    }
    const { revision } = object;
    const patch = {
      ...(said.templateId === undefined ? {} : { templateId: said.templateId }),
      ...(said.geometry === undefined ? {} : { geometry: said.geometry }),
    };
    if (Object.keys(patch).length > 0)
      void viewer.annotations
        .change({ update: [{ uuid: annotation, revision, ...patch }] }, place.pluginId)
        .then(accept, place.report);
    else verdict();
    function accept(): void {
      viewer.annotations.verify([{ uuid: annotation, verdict: 'accepted' }], place.pluginId);
    }
    function verdict(): void {
      const given = said.verdict === 'accept' ? 'accepted' : said.verdict === 'reject' ? 'rejected' : 'none';
      viewer.annotations.verify([{ uuid: annotation, verdict: given }], place.pluginId);
    }
  }

  function go(by: 1 | -1): void {
    let at = session.at + by;
    // on the way forward what has been said in this session is passed over
    while (by > 0 && session.choice.which === 'todo' && isSaid(session.items[at])) at++;
    if (at < 0) return;
    if (at >= session.items.length) {
      endShape();
      Object.assign(session, { isOn: false, isThrough: true });
      shown.value = undefined;
      return;
    }
    session.at = at;
    session.deciding = undefined;
    void show();
  }
  const isSaid = (one: QueueItem | undefined): boolean => {
    const verdict = one && session.said.get(one.annotation)?.verdict;
    return verdict !== undefined && verdict !== 'none';
  };

  function undo(): void {
    const last = session.history.at(-1);
    if (!last || last.before === 'unknown') return;
    Object.assign(session, { isOn: true, isThrough: false, at: last.at });
    if (last.item.imageId !== viewer.image.value.id) {
      session.wantsUndo = true; // done there, where the object is at hand
      return place.openImage(last.item.imageId, last.item.annotation);
    }
    session.history.pop();
    const { restore, before } = last;
    const back = async (): Promise<void> => {
      if (restore) {
        const object = viewer.annotations.get(last.item.annotation);
        const isChanged = object && (object.templateId !== restore.templateId || object.geometry !== restore.geometry);
        if (isChanged)
          await viewer.annotations.change(
            { update: [{ uuid: last.item.annotation, revision: object.revision, ...restore }] },
            place.pluginId,
          );
      }
      give(last.item, before ?? { verdict: 'none' });
      await show();
    };
    back().catch(place.report);
  }

  async function settle(reason: string): Promise<void> {
    const { deciding } = session;
    const now = item.value;
    if (!deciding || !now) return;
    try {
      await client.decide({
        params: { imageId: now.imageId },
        body: { decisionId: crypto.randomUUID(), ...deciding, reason },
      });
      session.said.set(now.annotation, { verdict: deciding.verdict });
      session.deciding = undefined;
      go(1);
    } catch (error) {
      if (error instanceof ProblemError) note.value = error.message;
      else place.report(error);
    }
  }

  function reshape(): void {
    const now = item.value;
    if (!now?.bounds || !isHere.value || !mayDecide.value) return;
    if (!proposal.value) hold(now.annotation);
    isShaping.value = proposal.value !== undefined;
  }
  function hold(annotation: string): void {
    proposal.value = viewer.annotations.propose(annotation);
    before.value = proposal.value?.geometry.value;
    isShaping.value = false;
  }
  function cancelShape(): void {
    endShape();
    if (item.value && isHere.value && keepsAnnotation.value) hold(item.value.annotation);
  }
  function endShape(): void {
    proposal.value?.dispose();
    proposal.value = undefined;
    isShaping.value = false;
  }
  function confirm(): void {
    const geometry = proposal.value?.geometry.value;
    if (!geometry || !isReshaping.value || geometry === before.value) return decide('accept');
    endShape();
    say({ verdict: 'reshape', geometry });
  }
  function shapeBy(step: ShapeStep): void {
    const now = isReshaping.value ? proposal.value : undefined;
    if (now) now.set(changeShape(now.geometry.value, step, Math.max(0.5, viewer.view.value.downsample * 2)));
  }
  function relabel(template: Template): boolean {
    const object = item.value && viewer.annotations.get(item.value.annotation);
    if (!session.isOn || !isHere.value || !object) return false;
    if (template.kind !== object.geometry.kind) note.value = words.wrongKind(template.name);
    else
      say(template.id === object.templateId ? { verdict: 'accept' } : { verdict: 'relabel', templateId: template.id });
    return true;
  }
  function decide(verdict: 'accept' | 'reject' | 'unsure'): void {
    endShape();
    say({ verdict });
  }
  function stop(): void {
    if (isReshaping.value) return cancelShape();
    if (session.deciding) return void (session.deciding = undefined);
    turn++;
    endShape();
    session.isOn = false;
    shown.value = undefined;
  }
  const next = (): void => go(1);
  const back = (): void => {
    if (session.isThrough && session.items.length > 0) {
      Object.assign(session, { isOn: true, isThrough: false, at: session.items.length - 1 });
      void show();
    } else go(-1);
  };

  useContextKey('verification:stepping', () => session.isOn && isHere.value);
  useContextKey('verification:reshaping', () => isReshaping.value);
  useContextKey(
    'verification:undoable',
    () => session.history.length > 0 && session.history.at(-1)?.before !== 'unknown',
  );
  onScopeDispose(viewer.annotations.onClassKey(relabel));
  onScopeDispose(
    takeInHand({
      start: () => void start(),
      decide,
      confirm,
      reshape,
      shape: shapeBy,
      next,
      back,
      undo,
      complete,
      stop,
    }),
  );
  onScopeDispose(() => {
    turn++;
    endShape();
  });

  // Escape lets go of the selection, and with it of the shape
  watch(viewer.annotations.selection, (selected) => {
    if (isReshaping.value && !selected.includes(item.value?.annotation ?? '')) cancelShape();
  });
  // a new page of the way, or a wish from the palette: begin when there is something to see
  watch(
    () => situation.value !== undefined && viewer.view.value.bounds.maxX > viewer.view.value.bounds.minX,
    async (isReady) => {
      if (!isReady) return;
      await nextTick();
      if (takeWish()) await start();
      else if (isHere.value) await show();
      if (session.wantsUndo && isHere.value) {
        session.wantsUndo = false;
        undo();
      }
    },
    { immediate: true },
  );

  return {
    ...{ session, item, shown, isReshaping, isLoading, opinion, note, sender, done, mayDecide, saidOf },
    ...{ takeTime, start, stop, decide, relabel, reshape, confirm, cancelShape, next, back, undo, settle },
  };
}

async function frames(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame);
}
