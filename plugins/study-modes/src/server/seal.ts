import type { HookContext } from '@exact/sdk/hooks';
import type { AnnotationFilter, PluginContext, Sql } from '@exact/sdk/server';
import { CaseFinishedError, CaseNotOpenError, NoPhaseOpenError, TemplateNotInTaskError } from '../shared/errors.ts';
import { lockCase } from './cases.ts';
import { openCases, readCases, type ReaderCase, readRunning, type Running, shownCases } from './running.ts';

/** What a study leaves to its readers: which images are there, which layers, and what may still be changed. */
export function createSeal({ db }: Pick<PluginContext, 'db'>) {
  /** Nothing for who is not bound by a study: managers, administrators, people who do not read in it. */
  async function readerOf(sql: Sql, { principal, projectId }: HookContext): Promise<Reader | undefined> {
    if (!principal || principal.isAdmin || projectId === undefined) return undefined;
    const { userId } = principal;
    const running = await readRunning(sql, projectId);
    if (!running) return undefined;
    const [row] = await sql.query<{ is_manager: boolean; has_read: boolean }>(
      `select exists(select 1 from core.project_member where project_id = $1 and user_id = $2 and role = 'manager') as is_manager,
              exists(select 1 from plugin_study_modes.case_record where study_id = $3 and reader_id = $2) as has_read`,
      [projectId, userId, running.studyId],
    );
    if (row?.is_manager) return undefined;
    const name = running.usernames.get(userId) ?? '';
    if (running.document.adjudicators.includes(name)) return undefined;
    // Who has been taken out of the study is bound as before: their readings are part of it.
    if (!running.document.readers.includes(name) && !row?.has_read) return undefined;
    const cases = running.phase ? await readCases(sql, running, running.phase, userId) : [];
    return { userId, running, cases };
  }

  /** Images of cases that are over, of phases that show them. */
  async function readPast(sql: Sql, { userId, running }: Reader): Promise<number[]> {
    const phases = running.document.phases.filter(({ id, done }) => done === 'readOnly' && running.closed.includes(id));
    const rows = await sql.query<{ image_id: number }>(
      `select distinct image_id from plugin_study_modes.case_record
        where study_id = $1 and reader_id = $2 and phase_id = any($3::text[]) and outcome is not null`,
      [running.studyId, userId, phases.map(({ id }) => id)],
    );
    return rows.map(({ image_id }) => image_id);
  }

  async function look(context: HookContext): Promise<Sight> {
    return db.transaction(async (sql) => {
      const reader = await readerOf(sql, context);
      if (!reader) return {};
      const { running, cases } = reader;
      const { phase, openedAt } = running;
      if (!phase || cases.length === 0) return { imageIds: await readPast(sql, reader) };
      const guidance = await sql.query<{ id: number }>(
        `select id from core.annotation_layer where project_id = $1 and purpose = 'guidance'`,
        [context.projectId],
      );
      return {
        imageIds: shownCases(cases, phase).map(({ imageId }) => imageId),
        layers: byLayers(cases),
        guidance: guidance.map(({ id }) => id),
        ...(phase.earlier === 'hidden' && openedAt ? { since: openedAt.toISOString() } : {}),
      };
    });
  }

  /**
   * What was told of images last, by project and person. The platform asks for images before it asks for annotations, keeps the answer,
   * and asks again after `visibilityChanged`: so this is as new as the images are, in all processes, and reading annotations costs nothing.
   */
  const sights = new Map<string, Sight>();
  const keyOf = ({ projectId, principal }: HookContext): string =>
    `${projectId} ${principal?.userId} ${principal?.isAdmin}`;
  async function lookAnew(context: HookContext): Promise<Sight> {
    const sight = await look(context);
    if (sights.size >= MAX_SIGHTS) sights.clear();
    sights.set(keyOf(context), sight);
    return sight;
  }

  return {
    visibleImages: async (context: HookContext): Promise<readonly number[] | undefined> =>
      (await lookAnew(context)).imageIds,

    /** Which layers are there on which image; people's own work is left to the project's mode. */
    async visibleAnnotations(asked: AnnotationFilter, context: HookContext): Promise<AnnotationFilter | undefined> {
      const { layers, guidance = [], since } = sights.get(keyOf(context)) ?? (await lookAnew(context));
      if (!layers) return undefined;
      const { imageId } = asked;
      return {
        deleted: 'all', // a matter of what was asked
        anyOf: [
          { layers: [null], ...(since === undefined ? {} : { createdAfter: since }) },
          ...(guidance.length > 0 ? [{ layers: guidance }] : []),
          ...layers
            .filter(({ imageIds }) => imageId === undefined || imageIds.includes(imageId))
            .map((group) => (imageId === undefined ? group : { layers: group.layers })),
        ],
      };
    },

    /** @throws what tells the reader why the image takes no change now */
    async demandWritable(imageId: number, templateIds: readonly number[], context: HookContext): Promise<void> {
      const { sql, principal } = context;
      if (!sql || !principal) return;
      await lockCase(sql, principal.userId, imageId, 'shared');
      const reader = await readerOf(sql, context);
      if (!reader) return;
      const { running, cases } = reader;
      const { phase } = running;
      if (!phase) throw new NoPhaseOpenError({ title: running.document.title });
      const own = cases.filter((item) => item.imageId === imageId);
      const [first] = own;
      if (!first) throw new CaseNotOpenError({ imageId });
      const open = openCases(own.length > 0 ? cases : [], phase).find((item) => item.imageId === imageId);
      const done = own.find(({ outcome }) => outcome !== null);
      if (!open && !done) throw new CaseNotOpenError({ imageId });
      if (!open && phase.mode === 'blind')
        throw new CaseFinishedError({ image: first.imageName, outcome: done?.outcome ?? 'complete' });
      const { task } = open ?? done ?? first;
      const allowed = running.ids.templates[task.id];
      const foreign = allowed && templateIds.find((id) => !allowed.includes(id));
      if (foreign !== undefined) throw new TemplateNotInTaskError({ templateId: foreign, task: task.title });
    },
  };
}
export type Seal = ReturnType<typeof createSeal>;

const MAX_SIGHTS = 10_000;

/** Images that show the same layers. */
interface LayersOf {
  readonly layers: readonly number[];
  readonly imageIds: readonly number[];
}

/** What is there for somebody; empty for who is not bound by a study. */
interface Sight {
  readonly imageIds?: readonly number[];
  /** Absent between phases. */
  readonly layers?: readonly LayersOf[];
  /** Layers that everybody sees. */
  readonly guidance?: readonly number[];
  /** Own work from before is hidden. */
  readonly since?: string;
}

interface Reader {
  readonly userId: number;
  readonly running: Running;
  readonly cases: readonly ReaderCase[];
}

/**
 * One filter for all images with the same layers. An image that is read for two tasks has the layers of the case that is open, or of
 * the last one.
 */
function byLayers(cases: readonly ReaderCase[]): LayersOf[] {
  const current = new Map<number, ReaderCase>();
  for (const item of cases) {
    const known = current.get(item.imageId);
    if (!known || known.outcome !== null) current.set(item.imageId, item);
  }
  const groups = new Map<string, { readonly layers: readonly number[]; readonly imageIds: number[] }>();
  for (const { imageId, layerIds } of current.values()) {
    if (layerIds.length === 0) continue;
    const key = layerIds.join();
    const group = groups.get(key) ?? { layers: layerIds, imageIds: [] };
    groups.set(key, group);
    group.imageIds.push(imageId);
  }
  return [...groups.values()];
}
