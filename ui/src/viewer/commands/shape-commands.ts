import { isArea, OPERATIONS, type OperationName } from '../../annotate/operations/index.ts';
import type { Shortcut } from '../../contributions/shortcuts.ts';
import { operate } from '../workbench/operate.ts';
import type { Workbench } from '../workbench/use-workbench.ts';
import type { CommandSource, Translate } from './command-source.ts';
import { needsSelection } from './needs.ts';

/** The few that are used all day; the others are in the bar of the selection and in the palette. */
const KEYS: Partial<Record<OperationName, string>> = {
  merge: 'Shift+U',
  subtract: 'Shift+X',
  intersect: 'Shift+I',
  duplicate: 'Shift+D',
};

/** What can be done to the selected shapes at a stroke. */
export const shapeCommands: CommandSource = (bench, t) =>
  bench.mayWrite
    ? (Object.keys(OPERATIONS) as OperationName[]).map((name): Shortcut => {
        const keys = KEYS[name];
        return {
          id: shapeCommandId(name),
          title: t(`annotate.operations.${name}`),
          ...(keys === undefined ? {} : { keys }),
          group: t('viewer.keys.shapes'),
          ...needsOf(name, bench, t),
          run: () => operate(bench, name),
        };
      })
    : [];

export const shapeCommandId = (name: OperationName): string => `annotate:shape-${name}`;

/** When an operation can be tried, and what the person must do first. */
export function needsOf(name: OperationName, bench: Workbench, t: Translate): Pick<Shortcut, 'when' | 'needs'> {
  if (name === 'duplicate') return needsSelection(bench, t);
  const count = (fits: (uuid: string) => boolean): number => bench.selection.value.filter(fits).length;
  const recordOf = (uuid: string) => bench.store.get(uuid);
  const isOfArea = (uuid: string): boolean => isArea(recordOf(uuid) ?? { geometry: { kind: 'image' } });
  const kindOf = (uuid: string) => recordOf(uuid)?.geometry.kind;
  switch (name) {
    case 'merge':
    case 'subtract':
    case 'intersect':
      return { when: () => count(isOfArea) > 1, needs: t('annotate.operations.needTwo') };
    case 'toPolygons':
      return {
        when: () => count((uuid) => kindOf(uuid) === 'box' || kindOf(uuid) === 'ellipse') > 0,
        needs: t('annotate.operations.needBoxes'),
      };
    default:
      return {
        when: () => count((uuid) => kindOf(uuid) === 'polygon') > 0,
        needs: t('annotate.operations.needPolygons'),
      };
  }
}
