declare module 'rbush' {
  export interface BBox {
    minX: number;
    minY: number;
    maxX: number;
    maxY: number;
  }
  export default class RBush<T extends BBox> {
    constructor(maxEntries?: number);
    search(box: BBox): T[];
    insert(item: T): this;
    load(items: readonly T[]): this;
    remove(item: T): this;
    clear(): this;
    all(): T[];
  }
}
