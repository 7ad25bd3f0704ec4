import { createReadStream } from 'node:fs';
import { decodeGeometry } from '@exact/geometry';
import {
  type Annotation,
  AnnotationImportRefusedError,
  type ImportProblem,
  MAX_IMPORT_PROBLEMS,
} from '@exact/sdk/contract';
import type { ChangeSet, HookContext } from '@exact/sdk/hooks';
import { type BinaryRow, createRowReader } from '../../db/copy-rows.ts';
import type { Services } from '../../services.ts';
import { completeDrafts } from '../before-hooks.ts';
import { boundsOn } from '../ground.ts';
import { type CleanDraft, toShape } from '../validate.ts';
import { type CheckInput, createImportCheck } from './check-task.ts';
import { COPY_FIELDS, createCopyFile } from './copy-file.ts';
import type { ImportNote, Stored } from './store-import.ts';

/** Taps get an import in batches of this: as many as requests usually have, and well inside of their time. */
const BATCH = 1000;

/**
 * Lets plugins complete or refuse the rows of an import, batch by batch, and writes what they make of them.
 *
 * @returns the file with the rows to store
 */
export async function completeRows(
  { hooks }: Services,
  context: HookContext,
  imageId: number,
  input: CheckInput,
  from: string,
  to: string,
): Promise<string> {
  const findProblem = createImportCheck(input);
  const problems: ImportProblem[] = [];
  let count = 0;
  let rows = 0;
  const file = createCopyFile(to, input);
  try {
    for await (const batch of batchesOf(from, context.signal)) {
      const completed = await completeDrafts(hooks, context, imageId, batch);
      for (const draft of completed) {
        rows += 1;
        const problem = findProblem(draft);
        if (problem) {
          count += 1;
          if (problems.length < MAX_IMPORT_PROBLEMS)
            problems.push({ line: rows, code: problem.code, message: problem.message });
        } else file.append(draft, boundsOn(input.image, draft.shape));
      }
    }
    file.finish();
  } finally {
    file.close();
  }
  if (count > 0) throw new AnnotationImportRefusedError({ count, lines: rows, problems });
  return to;
}

/** Tells plugins of what was stored, batch by batch. Whatever goes wrong here does not undo it. */
export async function tellOfRows(
  { hooks }: Services,
  context: HookContext,
  { importId, imageId, projectId, userId, authorId, layerId }: ImportNote,
  { created, known, at }: Stored,
  path: string,
): Promise<void> {
  const { afterCreate } = hooks.annotations;
  // Rows that were there already are told of again when some are new: which ones is not known, and taps are safe to repeat.
  if (created === 0 || !afterCreate.isUsed(projectId)) return;
  const time = at.toISOString();
  const toAnnotation = ({ uuid, templateId, shape, description, meta }: CleanDraft): Annotation => ({
    uuid,
    imageId,
    templateId,
    ...(layerId === undefined ? {} : { layerId }),
    geometry: shape.geometry,
    description: description ?? '',
    meta: meta === undefined ? {} : (JSON.parse(meta) as Annotation['meta']),
    authorId,
    editorId: userId,
    createdAt: time,
    updatedAt: time,
    revision: 1,
    deleted: false,
    locked: false,
  });
  try {
    for await (const batch of batchesOf(path, context.signal)) {
      const change: ChangeSet = {
        projectId,
        imageId,
        changeId: importId,
        origin: 'import',
        created: batch.map(toAnnotation),
        updated: [],
        deleted: [],
      };
      await afterCreate.call(change, context);
    }
  } catch (error) {
    context.log.error({ err: error, projectId, known }, 'a hook after an import failed');
  }
}

async function* batchesOf(path: string, signal: AbortSignal): AsyncGenerator<CleanDraft[]> {
  let batch: CleanDraft[] = [];
  let ready: CleanDraft[][] = [];
  let index = 0;
  const read = createRowReader(COPY_FIELDS, (row) => {
    batch.push(toDraft(row, index++));
    if (batch.length < BATCH) return;
    ready.push(batch);
    batch = [];
  });
  for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    read(piece);
    yield* ready;
    ready = [];
  }
  if (batch.length > 0) yield batch;
}

function toDraft({ bytes, starts, lengths }: BinaryRow, index: number): CleanDraft {
  // The fields of COPY_COLUMNS: these indices exist.
  const field = (at: number): Buffer => bytes.subarray(starts[at]!, starts[at]! + lengths[at]!);
  const hex = field(0).toString('hex');
  return {
    uuid: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
    index,
    templateId: bytes.readInt32BE(starts[2]!),
    shape: toShape(decodeGeometry(field(7))),
    ...(lengths[8]! < 0 ? {} : { description: field(8).toString('utf8') }),
    ...(lengths[9]! < 0 ? {} : { meta: field(9).subarray(1).toString('utf8') }), // before it the version of jsonb
  };
}
