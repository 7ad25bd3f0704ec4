import { useSession } from '../../auth/session.ts';
import { invertInView, selectClass, selectWhere } from '../workbench/selecting.ts';
import type { CommandSource } from './command-source.ts';
import { needsClass, needsSelection } from './needs.ts';

/** Choosing many annotations at once; also for those who may only look. */
export const selectionCommands: CommandSource = (bench, t) => {
  const group = t('viewer.keys.selection');
  const title = (name: string): string => t(`annotate.select.${name}`);
  const classOf = (): number => bench.template.value?.id ?? 0;
  return [
    {
      id: 'annotate:select-all',
      title: t('annotate.selectAll'),
      keys: 'Ctrl+A',
      group,
      run: () => selectWhere(bench, 'view', () => true),
    },
    {
      id: 'annotate:select-same',
      title: title('same'),
      keys: 'Shift+A',
      group,
      ...needsSelection(bench, t),
      run: () => {
        const classes = new Set(bench.selection.value.map((uuid) => bench.store.get(uuid)?.templateId));
        const counts = bench.store.countByTemplate();
        const all = [...classes].reduce<number>((sum, id) => sum + (counts.get(id ?? 0) ?? 0), 0);
        selectWhere(bench, 'image', (record) => classes.has(record.templateId), all);
      },
    },
    {
      id: 'annotate:select-class-in-view',
      title: title('classInView'),
      group,
      ...needsClass(bench, t),
      run: () => selectClass(bench, 'view', classOf()),
    },
    {
      id: 'annotate:select-class',
      title: title('classOnImage'),
      group,
      ...needsClass(bench, t),
      run: () => selectClass(bench, 'image', classOf()),
    },
    {
      id: 'annotate:select-mine',
      title: title('mine'),
      group,
      run: () => {
        const me = useSession().me?.id;
        selectWhere(bench, 'view', (record) => record.authorId === me);
      },
    },
    {
      id: 'annotate:select-invert',
      title: title('invert'),
      keys: 'Ctrl+I',
      group,
      run: () => invertInView(bench),
    },
    {
      id: 'annotate:select-none',
      title: title('clear'),
      keys: 'Ctrl+Shift+A',
      group,
      ...needsSelection(bench, t),
      run: () => bench.select([]),
    },
  ];
};
