import type { Tool, ToolHost } from './tool.ts';

/** Gives the whole image the class of the active template, by a click anywhere or Enter. */
export function createLabelTool(host: ToolHost): Tool {
  const label = (): boolean => host.create({ kind: 'image' });
  return {
    id: 'label',
    cursor: () => 'copy',
    press: () => false,
    click: label,
    key: (key) => key === 'Enter' && label(),
    cancel: () => undefined,
  };
}
