import { createReadStream } from 'node:fs';
import { hash } from 'node:crypto';
import type { GeometryKind } from '@exact/geometry';
import { type ImportProblem, MAX_IMPORT_PROBLEMS } from '@exact/sdk/contract';
import { readAttributeSchema, wrongAttributesOf } from '../attributes.ts';
import { boundsOn, findGroundProblem, type Ground } from '../ground.ts';
import { type CleanDraft, type Problem, readDraft } from '../validate.ts';
import { findMarkProblem, markUuid } from '../uuid-mark.ts';
import { createCopyFile, type Origin } from './copy-file.ts';
import { createLineReader, type Line } from './line-reader.ts';

export interface CheckInput extends Origin {
  /** File that was sent: newline-delimited JSON. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Where the rows go; other processes may read them while they are written. */
  readonly output: string;
  readonly importId: string;
  /** Of who works blind. */
  readonly uuidMark: string | undefined;
  readonly image: { readonly width: number; readonly height: number };
  /** Of the project, those no longer in use too; with the schema of their attributes. */
  readonly templates: readonly (readonly [id: number, kind: GeometryKind, isActive: boolean, schema: unknown])[];
}

export interface CheckResult {
  readonly lines: number;
  readonly templateIds: readonly number[];
  readonly problemCount: number;
  /** The first ones. */
  readonly problems: readonly ImportProblem[];
}

/** Makes the check of a draft against image and templates, as a request for changes has it. It gives the first problem. */
export function createImportCheck({
  image,
  templates,
  uuidMark,
}: CheckInput): (draft: CleanDraft) => Problem | undefined {
  const ground: Ground = {
    ...image,
    templates: new Map(templates.map(([id, kind, isActive]) => [id, { kind, isActive }])),
    layerIds: new Set(),
    earlier: undefined,
  };
  const schemas = new Map(templates.map(([id, , , schema]) => [id, readAttributeSchema(schema)]));
  return (draft) => {
    const { index, templateId, meta } = draft;
    const place = { list: 'create', index } as const;
    return (
      findMarkProblem(draft, uuidMark) ??
      findGroundProblem(ground, place, draft, draft.shape.kind) ??
      wrongAttributesOf(schemas.get(templateId), { ...place, templateId, meta })[0]
    );
  };
}

interface Tools {
  readonly progress: (fraction: number, step: string) => void;
}

/**
 * Checks each line of an import by the rules of a request for changes and writes the rows for the database. Runs in a process
 * of its own: a million polygons keep a core busy for half a minute.
 */
export default async function checkImport(input: CheckInput, { progress }: Tools): Promise<CheckResult> {
  const findProblem = createImportCheck(input);
  const templateIds = new Set<number>();
  const problems: ImportProblem[] = [];
  let problemCount = 0;
  let lines = 0;
  const note = (line: number, { code, message }: Pick<Problem, 'code' | 'message'>): void => {
    problemCount += 1;
    if (problems.length < MAX_IMPORT_PROBLEMS) problems.push({ line, code, message });
  };

  const pieces = createReadStream(input.path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  const rows = createCopyFile(input.output, input);
  const take = (line: Line): void => {
    lines = line.number;
    if ('code' in line) {
      note(line.number, line);
      return;
    }
    const found: Problem[] = [];
    const draft = readDraft(line.value, 0, found, () => uuidOfLine(input, line.number));
    const problem = found[0] ?? (draft && findProblem(draft));
    if (problem)
      note(line.number, problem); // one a line: the first reason is enough to find it
    else if (draft && problemCount === 0) {
      templateIds.add(draft.templateId);
      rows.append(draft, boundsOn(input.image, draft.shape));
    }
  };
  const read = createLineReader(take);
  let readBytes = 0;
  try {
    for await (const piece of pieces) {
      read.next(piece);
      readBytes += piece.length;
      progress(readBytes / input.sizeBytes, '');
    }
    read.end();
    if (lines === 0) note(1, { code: 'FILE_EMPTY', message: 'the file holds no line' });
    if (problemCount === 0) rows.finish();
  } finally {
    rows.close();
  }
  return { lines, templateIds: [...templateIds], problemCount, problems };
}

/**
 * A UUID that follows from person, import and number of the line (version 5, RFC 9562): the second run makes the same ones,
 * and another person's import of the same id other ones.
 */
export function uuidOfLine(
  { importId, userId, uuidMark }: Pick<CheckInput, 'importId' | 'userId' | 'uuidMark'>,
  line: number,
): string {
  const space = Buffer.from(importId.replaceAll('-', ''), 'hex');
  const bytes = hash('sha1', Buffer.concat([space, Buffer.from(`${userId} ${line}`)]), 'buffer').subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return uuidMark === undefined ? uuid : markUuid(uuid, uuidMark);
}
