import {
  OPERATIONS,
  runOperation,
  type Note,
  type OperationInput,
  type OperationName,
} from '../../annotate/operations/index.ts';
import { makeUuid } from '../../annotate/store/index.ts';
import { notify } from '../../app/notices.ts';
import { report } from '../../app/problems.ts';
import { formatNumber } from '../../i18n/format.ts';
import { translate } from '../../i18n/index.ts';
import { isLocked, isShared, tellLocked } from './locks.ts';
import type { Workbench } from './use-workbench.ts';

/** How far beside its original a copy lies, in CSS pixels. */
const ASIDE_PX = 10;

/** Does an operation to what is selected, as one step; the person is told what came of it, or why nothing did. */
export async function operate(bench: Workbench, name: OperationName): Promise<void> {
  if (!bench.mayWrite) return;
  const uuids = bench.selection.value;
  if (name === 'duplicate') {
    // descriptions and data are read when somebody looks at them: a copy has to have them, too
    try {
      await bench.store.ensureDetails(uuids);
    } catch (error) {
      return report(error, translate('annotate.operations.notRead'));
    }
    if (bench.selection.value !== uuids) return; // the person has gone on meanwhile
  }
  const outcome = runOperation(OPERATIONS[name], inputOf(bench));
  if ('refusal' in outcome) {
    const records = uuids.map((uuid) => bench.store.get(uuid));
    const isWhy = 'key' in outcome.refusal && outcome.refusal.key === 'locked' && records.some(isShared);
    return isWhy ? tellLocked(records) : notify(wordsOf(outcome.refusal));
  }
  bench.update(translate(`annotate.operations.${name}`), outcome.edits);
  bench.select(outcome.select);
  if (outcome.notes.length > 0) notify(outcome.notes.map(wordsOf).join(' '));
}

function inputOf(bench: Workbench): OperationInput {
  const { store, selection, template, templates, view, image, layer } = bench;
  const [from, to] = [layer.screenToImage(0, 0), layer.screenToImage(ASIDE_PX, ASIDE_PX)];
  return {
    records: selection.value.flatMap((uuid) => store.get(uuid) ?? []).filter((record) => !record.isDeleted),
    template: template.value,
    templates: templates.value,
    pixel: view.value.downsample,
    aside: from && to ? [to.x - from.x, to.y - from.y] : [ASIDE_PX, ASIDE_PX],
    image: image.value,
    isLocked,
    makeUuid,
  };
}

function wordsOf(note: Note): string {
  if ('text' in note) return note.text;
  const values = Object.entries(note.values ?? {}).map(([name, value]) => [
    name,
    typeof value === 'number' ? formatNumber(value) : value,
  ]);
  return translate(`annotate.operations.${note.key}`, Object.fromEntries(values) as Record<string, unknown>);
}
