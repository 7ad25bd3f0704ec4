import type { Shortcut } from '../../contributions/shortcuts.ts';
import { showAllClasses, showOnlyClass, toggleClassLock } from '../class-display.ts';
import type { Workbench } from '../workbench/index.ts';
import { toggleImageLabel } from '../workbench/image-labels.ts';
import type { CommandSource } from './command-source.ts';
import { needsClass } from './needs.ts';

const NUMBERED = 9;

/** The classes of the project: taken in hand, given to what is selected, shown alone. Their keys are a wish: tools keep theirs. */
export const classCommands: CommandSource = (bench, t) => [
  ...(bench.mayWrite ? [...ownKeys(bench, t), ...numbered(bench, t)] : []),
  ...forClassInHand(bench, t),
];

const activeOf = (bench: Workbench) => bench.templates.value.filter((template) => template.active);

const ownKeys: CommandSource = (bench, t) =>
  activeOf(bench).map((template): Shortcut => ({
    id: `annotate:class-${template.id}`,
    title: t('annotate.class', { name: template.name }),
    ...(template.shortcut === null ? {} : { keys: template.shortcut }),
    group: t('viewer.keys.classes'),
    isSuggestion: true,
    run: () => bench.pressTemplate(template),
  }));

/** By place in the panel, whatever the project; digits that no class has asked for fall to them. */
const numbered: CommandSource = (bench, t) => {
  const group = t('viewer.keys.classes');
  return [
    ...Array.from({ length: NUMBERED }, (_, i): Shortcut => ({
      id: `annotate:class-nth-${i + 1}`,
      title: t('annotate.classNth', { place: i + 1 }),
      keys: String(i + 1),
      group,
      isSuggestion: true,
      isSpare: true,
      when: () => activeOf(bench)[i] !== undefined,
      needs: t('annotate.needs.nth', { place: i + 1 }),
      run: () => {
        const template = activeOf(bench)[i];
        if (template) bench.pressTemplate(template);
      },
    })),
    {
      id: 'annotate:class-none',
      title: t('annotate.classNone'),
      keys: '0',
      group,
      isSuggestion: true,
      run: () => bench.pickTool('select'),
    },
    ...Array.from({ length: NUMBERED }, (_, i): Shortcut => ({
      id: `annotate:label-nth-${i + 1}`,
      title: t('annotate.labelNth', { place: i + 1 }),
      group,
      isSpare: true,
      when: () => activeOf(bench).filter((item) => item.kind === 'image')[i] !== undefined,
      needs: t('annotate.needs.label', { place: i + 1 }),
      run: () => toggleImageLabel(bench, activeOf(bench).filter((item) => item.kind === 'image')[i]),
    })),
  ];
};

const forClassInHand: CommandSource = (bench, t) => {
  const group = t('viewer.keys.display');
  const needs = needsClass(bench, t);
  const withClass = (work: (id: number) => void) => (): void => {
    if (bench.template.value) work(bench.template.value.id);
  };
  return [
    {
      id: 'annotate:show-only-class',
      title: t('annotate.showOnlyClass'),
      group,
      ...needs,
      run: withClass((id) => showOnlyClass(bench.templates.value, id)),
    },
    { id: 'annotate:show-all-classes', title: t('annotate.showAllClasses'), group, run: () => showAllClasses() },
    {
      id: 'annotate:lock-class',
      title: t('annotate.lockClass'),
      group,
      ...needs,
      run: withClass(toggleClassLock),
    },
  ];
};
