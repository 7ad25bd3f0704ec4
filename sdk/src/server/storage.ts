/** Where bytes are kept. Keys are made by the platform; names of people or files never occur in them. */
export interface StorageDriver {
  /** Writes all of `source`, durably (fsync), then makes it visible under `key` in one step. */
  write(key: string, source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<{ readonly sizeBytes: number }>;
  /** Reads `length` bytes at `offset`; shorter only at the end. */
  read(key: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  size(key: string): Promise<number>;
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly sizeBytes: number; readonly modifiedAt: Date }>;
  /** Path of the object on a local disk, where there is one. */
  path?(key: string): string;
}

export interface StorageRef {
  readonly scheme: string;
  readonly key: string;
}
export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
}
export interface WriteRequest {
  readonly key: string;
  readonly sizeBytes: number;
  readonly purpose: 'image' | 'derived' | 'example' | 'artefact' | 'media';
  readonly projectId?: number;
}
