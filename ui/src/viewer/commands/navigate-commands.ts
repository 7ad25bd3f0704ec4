import type { CommandSource } from './command-source.ts';

/** Choosing annotations and going to them; also for those who may only look. */
export const navigateCommands: CommandSource = (bench, t) => {
  const group = t('viewer.keys.annotations');
  const hasSelection = (): boolean => bench.selection.value.length > 0;
  function next(by: 1 | -1): void {
    const all = bench.store.query().filter((record) => !record.isVerified && record.geometry.kind !== 'image');
    if (all.length === 0) return;
    const at = all.findIndex((record) => record.uuid === bench.selection.value[0]);
    const record = all[(at + by + all.length) % all.length];
    if (!record) return;
    bench.select([record.uuid]);
    bench.goTo(record.uuid);
  }
  return [
    {
      id: 'annotate:select-all',
      title: t('annotate.selectAll'),
      keys: 'Ctrl+A',
      group,
      run: () => bench.select(bench.layer.inside(bench.view.value.bounds)),
    },
    {
      id: 'annotate:go-to',
      title: t('annotate.goTo'),
      keys: 'G',
      group,
      when: hasSelection,
      run: () => bench.goTo(bench.selection.value[0] ?? ''),
    },
    { id: 'annotate:next', title: t('annotate.nextUnverified'), keys: 'N', group, run: () => next(1) },
    { id: 'annotate:previous', title: t('annotate.previousUnverified'), keys: 'Shift+N', group, run: () => next(-1) },
  ];
};
