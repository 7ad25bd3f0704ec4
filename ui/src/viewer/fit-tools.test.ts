import { describe, expect, it } from 'vitest';
import { TOOL_IDS } from '../annotate/tools/index.ts';
import { TOOL_GROUPS, toolsThatFit } from './fit-tools.ts';

describe('the bar of tools', () => {
  it('has each tool once', () => {
    expect(TOOL_GROUPS.flatMap(({ tools }) => tools).sort()).toEqual([...TOOL_IDS].sort());
  });
  it('shows all where there is room', () => {
    expect(toolsThatFit(1000, 'select').size).toBe(TOOL_IDS.length);
  });
  it('shows fewer the narrower it is, and always the one in hand', () => {
    for (let room = 800; room > 0; room -= 40) {
      const shown = toolsThatFit(room, 'label');
      expect(shown).toContain('label');
      expect(shown.size).toBeLessThanOrEqual(toolsThatFit(room + 40, 'label').size);
    }
    expect([...toolsThatFit(0, 'select')]).toEqual(['select', 'place']);
  });
});
