import type { Geometry } from '@exact/geometry';
import type { Image } from '@exact/sdk/contract';
import type { ShapeProposal } from '@exact/sdk/ui';
import { shallowRef, type Ref, type ShallowRef } from 'vue';
import type { AnnotationLayer } from '../../annotate/layer/index.ts';
import { type AnnotationRecord, type AnnotationStore, withValues } from '../../annotate/store/index.ts';
import type { ToolChange } from '../../annotate/tools/index.ts';
import { isFit } from './tool-host.ts';

/** A shape that is worked on beside its annotation: what a reader proposes is an opinion, and the annotation stays as it is. */
export interface Proposals {
  /** Ends the one before. */
  start(uuid: string): ShapeProposal | undefined;
  isActive(): boolean;
  has(uuid: string): boolean;
  /** An annotation as tools see it: with its proposed shape. */
  over(record: AnnotationRecord | undefined): AnnotationRecord | undefined;
  /** Takes a tool's change where it is one of the proposed shape. @returns whether it was */
  take(change: Required<Pick<ToolChange, 'create' | 'reshape' | 'remove'>>): boolean;
}

export function createProposals({
  store,
  layer,
  image,
}: {
  readonly store: AnnotationStore;
  readonly layer: AnnotationLayer;
  readonly image: Readonly<Ref<Image>>;
}): Proposals {
  let current: { readonly uuid: string; readonly geometry: ShallowRef<Geometry> } | undefined;

  function show(uuid: string, geometry: Geometry): void {
    layer.scene.apply({ update: [{ id: uuid, geometry }] });
    layer.redrawOverlay();
  }
  function set(geometry: Geometry): boolean {
    if (!current || !isFit(geometry, image.value)) return false;
    current.geometry.value = geometry;
    show(current.uuid, geometry);
    return true;
  }
  function end(): void {
    const record = current && store.get(current.uuid);
    current = undefined;
    if (record && !record.isDeleted) show(record.uuid, record.geometry);
  }

  return {
    start(uuid) {
      end();
      const record = store.get(uuid);
      if (!record || record.isDeleted) return undefined;
      const own = (current = { uuid, geometry: shallowRef(record.geometry) });
      return {
        geometry: own.geometry,
        set: (geometry) => own === current && set(geometry),
        dispose: () => own === current && end(),
      };
    },
    isActive: () => current !== undefined,
    has: (uuid) => current?.uuid === uuid,
    over: (record) =>
      record && record.uuid === current?.uuid ? withValues(record, { geometry: current.geometry.value }) : record,
    take({ create, reshape, remove }) {
      const [only, ...more] = reshape;
      if (!current || only?.uuid !== current.uuid || more.length + create.length + remove.length > 0) return false;
      set(only.geometry);
      return true;
    },
  };
}
