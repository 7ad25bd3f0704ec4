/** Runs `work` over the items for about a second, after a warm-up, and prints how many it does in one second. */
export function measure<T>(name: string, items: readonly T[], work: (item: T) => void): number {
  let best = Infinity;
  const end = performance.now() + 1200;
  while (performance.now() < end) {
    const start = performance.now();
    for (const item of items) work(item);
    best = Math.min(best, performance.now() - start);
  }
  const perSecond = (items.length / best) * 1000;
  console.log(`${name}: ${Math.round(perSecond).toLocaleString('en')} a second`);
  return perSecond;
}

/** Makes the outline of a cell: whole pixels, steps of about 10 px, the same for the same number. */
export function makeRing(number: number, points: number): number[] {
  const radius = (points * 10) / (2 * Math.PI);
  const cx = 20_000 + ((number * 7919) % 60_000);
  const cy = 20_000 + ((number * 104_729) % 60_000);
  return Array.from({ length: points }, (_, i) => {
    const turn = (2 * Math.PI * i) / points;
    const r = radius * (1 + 0.1 * Math.sin(3 * turn + number));
    return [Math.round(cx + r * Math.cos(turn)), Math.round(cy + r * Math.sin(turn))];
  }).flat();
}
