import type { CommandSource } from './command-source.ts';

/** Class keys are a wish: tools keep their letters. */
export const classCommands: CommandSource = (bench, t) => {
  if (!bench.mayWrite) return [];
  return bench.templates.value
    .filter((template) => template.active && template.shortcut !== null)
    .map((template) => ({
      id: `annotate:class-${template.id}`,
      title: t('annotate.class', { name: template.name }),
      keys: template.shortcut ?? '',
      group: t('viewer.keys.classes'),
      isSuggestion: true,
      run: () => bench.pressTemplate(template),
    }));
};
