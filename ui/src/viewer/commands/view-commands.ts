import type { Shortcut } from '../../contributions/shortcuts.ts';
import { choices } from '../choices.ts';
import { downsampleOf, MAGNIFICATIONS } from '../slide/view-math.ts';
import type { CommandSource } from './command-source.ts';

const PAN_PX = 90;

/** Moving, zooming and turning the view. */
export const viewCommands: CommandSource = (bench, t) => {
  const { slide, image } = bench;
  const half = (axis: 'x' | 'y'): number => slide.osd.viewport.getContainerSize()[axis] / 2;
  const group = t('viewer.keys.view');
  const pan = (id: string, key: string, dx: number, dy: number): Shortcut[] => [
    {
      id: `viewer:pan-${id}`,
      title: t(`viewer.pan.${id}`),
      keys: key,
      group,
      run: () => slide.panBy(dx * PAN_PX, dy * PAN_PX),
    },
    {
      id: `viewer:jump-${id}`,
      title: t(`viewer.jump.${id}`),
      keys: `Shift+${key}`,
      group,
      run: () => slide.panBy(dx * half('x'), dy * half('y')),
    },
  ];
  return [
    ...pan('left', 'ArrowLeft', -1, 0),
    ...pan('right', 'ArrowRight', 1, 0),
    ...pan('up', 'ArrowUp', 0, -1),
    ...pan('down', 'ArrowDown', 0, 1),
    { id: 'viewer:zoom-in', title: t('viewer.zoomIn'), keys: ['+', '='], group, run: () => slide.zoomBy(1.5) },
    { id: 'viewer:zoom-out', title: t('viewer.zoomOut'), keys: ['-', '_'], group, run: () => slide.zoomBy(1 / 1.5) },
    { id: 'viewer:fit', title: t('viewer.fit'), keys: 'Home', group, run: () => slide.fit() },
    { id: 'viewer:full', title: t('viewer.full'), keys: 'End', group, run: () => slide.show({ downsample: 1 }) },
    ...MAGNIFICATIONS.map((power, index): Shortcut => ({
      id: `viewer:magnify-${power}`,
      title: t('viewer.magnify', { power }),
      keys: `Ctrl+${index + 1}`,
      group,
      when: () => image.value.mppX !== undefined,
      run: () => slide.show({ downsample: downsampleOf(power, image.value.mppX ?? 1) }),
    })),
    { id: 'viewer:rotate-left', title: t('viewer.rotateLeft'), keys: '[', group, run: () => slide.rotateBy(-15) },
    { id: 'viewer:rotate-right', title: t('viewer.rotateRight'), keys: ']', group, run: () => slide.rotateBy(15) },
    { id: 'viewer:turn-left', title: t('viewer.turnLeft'), keys: '{', group, run: () => slide.rotateBy(-90) },
    { id: 'viewer:turn-right', title: t('viewer.turnRight'), keys: '}', group, run: () => slide.rotateBy(90) },
    { id: 'viewer:upright', title: t('viewer.upright'), keys: '\\', group, run: () => slide.rotateTo(0) },
    { id: 'viewer:flip', title: t('viewer.flip'), keys: 'Alt+F', group, run: () => slide.flip() },
    { id: 'viewer:map', title: t('viewer.toggleMap'), group, run: () => (choices.isMapOpen = !choices.isMapOpen) },
    {
      id: 'viewer:space',
      title: t('viewer.holdToPan'),
      keys: 'Space',
      group,
      run: () => bench.input.setPanning(true),
      release: () => bench.input.setPanning(false),
    },
  ];
};
