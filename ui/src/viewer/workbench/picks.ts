import type { Bounds } from '@exact/geometry';
import type { Image } from '@exact/sdk/contract';
import { shallowRef, type Ref } from 'vue';
import { createPickTool, type Picked, type Tool, type ToolHost } from '../../annotate/tools/index.ts';

/** What the person is asked to show on the image. */
export interface Picking {
  readonly hint: string;
  /** Takes all that is in view, for boxes: also for those who cannot drag. */
  readonly takeView: (() => void) | undefined;
  readonly cancel: () => void;
}

/** Asks for boxes and lengths on the image. One at a time: who asks next ends the asking before. */
export interface Picks {
  readonly picking: Readonly<Ref<Picking | undefined>>;
  /** In hand instead of the person's own, while they are asked. */
  tool(): Tool | undefined;
  box(hint: string): Promise<Bounds | undefined>;
  line(hint: string): Promise<Picked | undefined>;
  cancel(): void;
}

export function createPicks(options: {
  readonly host: ToolHost;
  readonly image: Readonly<Ref<Image>>;
  /** Another tool is in hand. */
  onTool(): void;
}): Picks {
  const { host } = options;
  const picking = shallowRef<Picking>();
  let tool: Tool | undefined;

  function ask(kind: 'box' | 'line', hint: string, fits: (picked: Picked) => boolean): Promise<Picked | undefined> {
    picking.value?.cancel();
    return new Promise((resolve) => {
      const done = (picked: Picked | undefined): void => {
        if (picked && !fits(picked)) return; // they draw another one
        tool = picking.value = undefined;
        options.onTool();
        resolve(picked);
      };
      tool = createPickTool(host, kind, done);
      const takeView = (): void => {
        const { minX, minY, maxX, maxY } = host.bounds();
        done([
          { x: minX, y: minY },
          { x: maxX, y: maxY },
        ]);
      };
      picking.value = { hint, takeView: kind === 'box' ? takeView : undefined, cancel: () => done(undefined) };
      options.onTool();
    });
  }
  /** Whole pixels of the image. */
  function within([a, b]: Picked): Bounds {
    const { width, height } = options.image.value;
    return {
      minX: Math.max(0, Math.floor(Math.min(a.x, b.x))),
      minY: Math.max(0, Math.floor(Math.min(a.y, b.y))),
      maxX: Math.min(width, Math.ceil(Math.max(a.x, b.x))),
      maxY: Math.min(height, Math.ceil(Math.max(a.y, b.y))),
    };
  }
  const isOnImage = ({ minX, minY, maxX, maxY }: Bounds): boolean => maxX > minX && maxY > minY;

  return {
    picking,
    tool: () => tool,
    async box(hint) {
      const picked = await ask('box', hint, (one) => isOnImage(within(one)));
      return picked && within(picked);
    },
    line: (hint) => ask('line', hint, ([a, b]) => a.x !== b.x || a.y !== b.y),
    cancel: () => picking.value?.cancel(),
  };
}
