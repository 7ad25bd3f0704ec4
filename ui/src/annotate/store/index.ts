export { MAX_ASKED, type AnnotationSource } from './annotation-source.ts';
export { AnnotationStore, type Origin, type StoreChange } from './annotation-store.ts';
export { type AnnotationRecord, withValues } from './annotation-table.ts';
export { type ChangeOp, type Content, type Verdict, type VerdictChoice } from './change-ops.ts';
export { type Edit } from './edits.ts';
export { createIndexedDbStorage, createMemoryStorage, type QueueEntry, type QueueStorage } from './queue-storage.ts';
export { makeUuid, markUuids } from './uuid-v7.ts';
export { WriteQueue, type QueueOutcome, type QueueStatus } from './write-queue.ts';
export { type Shown } from './loaded-annotations.ts';
