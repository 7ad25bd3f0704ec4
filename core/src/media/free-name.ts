/** @returns the name, or `name (2).wav`, `name (3).wav`, … where others have it already, in any case */
export function freeName(name: string, taken: readonly string[]): string {
  const used = new Set(taken.map((other) => other.toLowerCase()));
  if (!used.has(name.toLowerCase())) return name;
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let n = 2; ; n += 1) {
    const next = `${stem} (${n})${ending}`;
    if (!used.has(next.toLowerCase())) return next;
  }
}
