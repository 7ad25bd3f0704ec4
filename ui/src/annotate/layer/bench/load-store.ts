import { encodeFrame, encodeOverview } from '@exact/geometry';
import { AnnotationStore, createMemoryStorage, makeUuid, WriteQueue } from '../../store/index.ts';
import type { Scene } from '../scene.ts';
import type { Shape } from '../shape-store.ts';

/** Shapes as the server sends them. */
export function packShapes(shapes: readonly Shape[]): Uint8Array<ArrayBuffer> {
  return encodeFrame(
    shapes.map(({ geometry, templateId }) => {
      return { uuid: makeUuid(), templateId, geometry, authorId: 1, revision: 1, flags: 0 };
    }),
  );
}

/** Loads a frame as the viewer does: into a store with records, and into the scene. @returns the store */
export async function loadStore(scene: Scene, frame: ArrayBuffer): Promise<AnnotationStore> {
  const nothing = encodeOverview({ cellSize: 16, columns: 0, rows: 0, templates: [], large: 0 });
  const store = new AnnotationStore({
    imageId: 1,
    userId: 1,
    scene,
    queue: new WriteQueue({
      userId: 1,
      storage: createMemoryStorage(new Map()),
      send: () => Promise.reject(new Error()),
    }),
    source: {
      frame: () => Promise.resolve(frame),
      overview: () => Promise.resolve(nothing.buffer as ArrayBuffer),
      centres: () => Promise.reject(new Error()),
      namedCentres: () => Promise.reject(new Error()),
      list: () => Promise.resolve([]),
    },
  });
  await store.load();
  return store;
}
