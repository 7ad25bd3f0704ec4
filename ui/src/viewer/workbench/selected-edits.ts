import { checkInsideImage, translate as moveBy } from '@exact/geometry';
import type { Image, Template } from '@exact/sdk/contract';
import type { Ref } from 'vue';
import type { AnnotationRecord, AnnotationStore, Edit, VerdictChoice } from '../../annotate/store/index.ts';
import { notify } from '../../app/notices.ts';
import { formatNumber } from '../../i18n/format.ts';
import { translate } from '../../i18n/index.ts';
import { isLocked, isShared } from './locks.ts';
import { stepName } from './tool-host.ts';

export interface SelectedEditsParts {
  readonly store: AnnotationStore;
  readonly image: Readonly<Ref<Image>>;
  readonly selection: Readonly<Ref<readonly string[]>>;
  readonly mayWrite: boolean;
  readonly mayVerify: boolean;
}

/** What is done to all selected annotations as one step that can be taken back. What does not fit stays, and is counted out. */
export interface SelectedEdits {
  removeSelected(): void;
  /** Level-0 pixels. Moves made quickly one after the other are taken back together. */
  nudge(dx: number, dy: number): void;
  /** Gives the class to all selected of its kind, however many. */
  relabel(template: Template): void;
  verify(verdict: VerdictChoice): void;
  /** Locks all, or unlocks all where every one is locked. */
  toggleLock(): void;
}

export function createSelectedEdits({
  store,
  image,
  selection,
  mayWrite,
  mayVerify,
}: SelectedEditsParts): SelectedEdits {
  const selected = (): AnnotationRecord[] => selection.value.flatMap((uuid) => store.get(uuid) ?? []);

  /** Those that are not shared with others who work blind; says how many are. */
  function own(records: readonly AnnotationRecord[]): AnnotationRecord[] {
    const left = records.filter((record) => !isShared(record));
    const count = records.length - left.length;
    if (count > 0) notify(translate('annotate.layer.left', { count: formatNumber(count) }));
    return left;
  }
  /** Those that may be changed; says how many may not. */
  function open(records: readonly AnnotationRecord[]): AnnotationRecord[] {
    const left = own(records);
    const open = left.filter((record) => !isLocked(record));
    const count = left.length - open.length;
    if (count > 0) notify(translate('annotate.lockedLeft', { count: formatNumber(count) }));
    return open;
  }
  function apply(step: string, edits: readonly Edit[], options?: { readonly joinsWithinMs?: number }): void {
    if (edits.length > 0) store.apply(stepName(step), edits, options);
  }

  return {
    removeSelected() {
      if (mayWrite)
        apply(
          'delete',
          open(selected()).map(({ uuid }) => ({ op: 'delete', uuid })),
        );
    },
    nudge(dx, dy) {
      if (!mayWrite) return;
      const { width, height } = image.value;
      const moved = open(selected())
        .filter(({ geometry }) => geometry.kind !== 'image')
        .map(({ uuid, geometry }) => ({ uuid, geometry: moveBy(geometry, dx, dy) }));
      const outside = moved.map(({ geometry }) => checkInsideImage(geometry, width, height)).find((check) => !check.ok);
      if (outside && !outside.ok) return notify(outside.message);
      apply(
        'nudge',
        moved.map((change) => ({ op: 'update', ...change })),
        { joinsWithinMs: 1000 },
      );
    },
    relabel(template) {
      if (!mayWrite) return;
      const records = selected();
      const fitting = records.filter((record) => record.geometry.kind === template.kind);
      const changed = open(fitting.filter((record) => record.templateId !== template.id));
      apply(
        'relabel',
        changed.map(({ uuid }) => ({ op: 'update', uuid, templateId: template.id })),
      );
      const others = records.length - fitting.length;
      if (others > 0)
        notify(
          translate('annotate.relabelled', {
            count: formatNumber(changed.length),
            others: formatNumber(others),
            name: template.name,
          }),
        );
    },
    verify(verdict) {
      if (!mayVerify) return;
      const records = own(selected()).filter((record) => (record.verdict ?? 'none') !== verdict);
      apply(
        verdict === 'none' ? 'unverified' : verdict,
        records.map(({ uuid }) => ({ op: 'verify', uuid, verdict })),
      );
    },
    toggleLock() {
      if (!mayWrite) return;
      const records = own(selected());
      if (records.length === 0) return;
      const isAll = records.every((record) => record.isLocked);
      const changed = records.filter((record) => record.isLocked === isAll);
      apply(
        isAll ? 'unlock' : 'lock',
        changed.map(({ uuid }) => ({ op: 'update', uuid, locked: !isAll })),
      );
      notify(translate(isAll ? 'annotate.unlocked' : 'annotate.locked', { count: formatNumber(changed.length) }));
    },
  };
}
