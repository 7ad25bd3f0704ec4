/** Counts by key, in the order in which keys are first seen. */
export class CountMap<K> {
  readonly #counts = new Map<K, number>();

  add(key: K, count = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }
  get size(): number {
    return this.#counts.size;
  }
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
  entries(): [K, number][] {
    return [...this.#counts];
  }
  /** Most frequent first. */
  byCount(): [K, number][] {
    return this.entries().sort((a, b) => b[1] - a[1]);
  }
}
