import { showPanel } from '../../contributions/folded-panels.ts';
import { useSession } from '../../auth/session.ts';
import type { CommandSource } from './command-source.ts';
import { needsSelection } from './needs.ts';

/** Showing a part of the annotations; also for those who may only look. */
export const filterCommands: CommandSource = (bench, t) => {
  const group = t('viewer.keys.filter');
  const { filter } = bench;
  /** Pressed again it shows the others as well. */
  const toggle = <K extends 'verdict' | 'authors'>(field: K, value: (typeof filter.current.value)[K]): void => {
    const { [field]: before, ...others } = filter.current.value;
    filter.set(JSON.stringify(before) === JSON.stringify(value) ? others : { ...others, [field]: value });
  };
  return [
    {
      id: 'annotate:filter',
      title: t('viewer.filter.open'),
      keys: 'Ctrl+Shift+F',
      group,
      run: () => showPanel('filter'),
    },
    {
      id: 'annotate:filter-clear',
      title: t('viewer.filter.clear'),
      keys: 'Alt+Shift+F',
      group,
      when: () => filter.isOn.value,
      needs: t('viewer.filter.isOff'),
      run: () => filter.clear(),
    },
    {
      id: 'annotate:filter-unverified',
      title: t('viewer.filter.onlyUnverified'),
      group,
      run: () => toggle('verdict', 'none'),
    },
    {
      id: 'annotate:filter-mine',
      title: t('viewer.filter.onlyMine'),
      group,
      run: () => {
        const me = useSession().me?.id;
        if (me !== undefined) toggle('authors', [me]);
      },
    },
    {
      id: 'annotate:filter-same',
      title: t('viewer.filter.onlySame'),
      group,
      ...needsSelection(bench, t),
      run: () => {
        const records = bench.selection.value.flatMap((uuid) => bench.store.get(uuid) ?? []);
        filter.set({ ...filter.current.value, templates: records.map(({ templateId }) => templateId) });
      },
    },
    {
      id: 'annotate:filter-same-author',
      title: t('viewer.filter.onlySameAuthor'),
      group,
      ...needsSelection(bench, t),
      run: () => {
        const records = bench.selection.value.flatMap((uuid) => bench.store.get(uuid) ?? []);
        filter.set({ ...filter.current.value, authors: records.map(({ authorId }) => authorId) });
      },
    },
  ];
};
