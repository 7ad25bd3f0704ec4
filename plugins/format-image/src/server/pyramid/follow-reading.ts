import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';

const LOOK_MS = 250;

/**
 * Tells how far the library has read a file: it reports no progress itself, but the system knows the position of each open
 * file. Where it does not (not Linux), nothing is told.
 *
 * @returns ends the looking
 */
export function followReading(path: string, report: (fraction: number) => void): () => void {
  if (process.platform !== 'linux') return () => undefined;
  const file = realpathSync(path);
  const { size } = statSync(file);
  let furthest = 0;
  const timer = setInterval(() => {
    const position = positionOf(file);
    if (position === undefined || size === 0) return;
    furthest = Math.max(furthest, Math.min(1, position / size)); // TIFF is read back and forth
    report(furthest);
  }, LOOK_MS);
  return () => clearInterval(timer);
}

function positionOf(file: string): number | undefined {
  let furthest: number | undefined;
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) !== file) continue;
      const position = Number(/^pos:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]);
      if (Number.isFinite(position)) furthest = Math.max(furthest ?? 0, position);
    } catch {
      // closed while we looked
    }
  }
  return furthest;
}
