import { ConflictError, NotFoundError, type Template as TemplateView, TemplateInUseError } from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import { orConflict } from '../db/conflicts.ts';
import type { UnitOfWork } from '../db/database.ts';
import type { Services } from '../services.ts';
import type { Actor, Changes } from '../settings/changes.ts';
import { entityTemplateView, findProduct, tellProjectsOf } from './products.ts';
import { nextColour, nextShortcut } from './template-defaults.ts';
import { Template } from './template-entities.ts';

export interface TemplateFields {
  readonly name: string;
  readonly kind: TemplateView['kind'];
  readonly colour: string;
  readonly defaultWidth: number;
  readonly defaultHeight: number;
  readonly sortOrder: number;
  readonly shortcut: string | null;
  readonly description: string;
  readonly attributeSchema: TemplateView['attributeSchema'];
  readonly active: boolean;
}
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };
export type TemplateDraft = Pick<TemplateFields, 'name' | 'kind'> &
  Loose<Omit<TemplateFields, 'name' | 'kind' | 'active'>>;
export type TemplatePatch = Loose<TemplateFields>;

/** Side of the shape that a click places, where the draft does not say it; level-0 pixels. */
const DEFAULT_SIDE = 50;

export interface Templates {
  /**
   * Completes the draft: the palette's next colour, the next free digit as key, the last place.
   *
   * @throws {@link ConflictError} for a name that is taken in the product, or a key that another template of it has
   */
  create(actor: Actor, projectId: number, productId: number, draft: TemplateDraft): Promise<TemplateView>;
  /** @throws {@link TemplateInUseError} for another kind while annotations, deleted ones included, use it */
  update(actor: Actor, projectId: number, templateId: number, patch: TemplatePatch): Promise<TemplateView>;
  /** @returns key of the example image that is no longer needed */
  remove(actor: Actor, projectId: number, templateId: number): Promise<string | undefined>;
  /** Key of the example image. @throws {@link NotFoundError} */
  exampleKey(projectId: number, templateId: number): Promise<string>;
  /** @returns the template and the key of the example image before */
  setExampleKey(
    actor: Actor,
    projectId: number,
    templateId: number,
    key: string,
  ): Promise<{ template: TemplateView; former: string | undefined }>;
}

export function createTemplates({ database }: Services, changes: Changes): Templates {
  return {
    create: (actor, projectId, productId, draft) =>
      changes.run(actor, async (unit) => {
        const { em, sql } = unit;
        await findProduct(sql, projectId, productId, 'lock'); // two at once get two colours, keys and places
        const siblings = await em.find(Template, { productId });
        const taken = await keysInProject(sql, projectId);
        if (draft.shortcut != null) refuseTakenKey(siblings, draft.shortcut);
        const template = em.create(Template, {
          productId,
          name: draft.name,
          kind: draft.kind,
          colour: draft.colour ?? nextColour(siblings.map((sibling) => sibling.colour)),
          defaultWidth: draft.defaultWidth ?? DEFAULT_SIDE,
          defaultHeight: draft.defaultHeight ?? DEFAULT_SIDE,
          sortOrder: draft.sortOrder ?? Math.max(0, ...siblings.map((sibling) => Number(sibling.sortOrder))) + 1,
          shortcut:
            draft.shortcut === undefined
              ? nextShortcut([...taken, ...siblings.map((s) => s.shortcut ?? null)])
              : draft.shortcut,
          description: draft.description ?? '',
          attributeSchema: draft.attributeSchema ?? null,
          exampleKey: null,
        });
        await orTaken(draft.name, () => em.persist(template).flush());
        await tellProjectsOf(unit, productId);
        return entityTemplateView(template);
      }),
    update: (actor, projectId, templateId, patch) =>
      changes.run(actor, async (unit) => {
        const template = await lockTemplate(unit, projectId, templateId);
        if (patch.kind !== undefined && patch.kind !== template.kind) await refuseUsed(unit.sql, template);
        if (patch.shortcut != null) {
          refuseTakenKey(
            await unit.em.find(Template, { productId: template.productId, id: { $ne: templateId } }),
            patch.shortcut,
          );
        }
        const given = Object.entries(patch).filter(([, value]) => value !== undefined);
        Object.assign(template, Object.fromEntries(given));
        await orTaken(template.name, () => unit.em.flush());
        await tellProjectsOf(unit, template.productId);
        return entityTemplateView(template);
      }),
    remove: (actor, projectId, templateId) =>
      changes.run(actor, async (unit) => {
        const template = await lockTemplate(unit, projectId, templateId);
        await refuseUsed(unit.sql, template);
        await unit.sql.query('delete from core.template where id = $1', [templateId]);
        await unit.audit({ action: 'template.deleted', projectId, target: `template:${templateId}` });
        await tellProjectsOf(unit, template.productId);
        return template.exampleKey ?? undefined;
      }),
    async exampleKey(projectId, templateId) {
      const [row] = await database.sql.query<{ example_key: string | null }>(
        `select t.example_key from core.template t join core.project_product u on u.product_id = t.product_id
         where t.id = $2 and u.project_id = $1`,
        [projectId, templateId],
      );
      if (!row) throw new NotFoundError({ what: 'template', id: templateId });
      if (row.example_key === null) throw new NotFoundError({ what: 'example image of template', id: templateId });
      return row.example_key;
    },
    setExampleKey: (actor, projectId, templateId, key) =>
      changes.run(actor, async (unit) => {
        const template = await lockTemplate(unit, projectId, templateId);
        const former = template.exampleKey ?? undefined;
        template.exampleKey = key;
        await unit.em.flush();
        await tellProjectsOf(unit, template.productId);
        return { template: entityTemplateView(template), former };
      }),
  };
}

/**
 * Reads a template of a product that the project uses. Other changes of the product wait, and so does a new annotation that
 * names the template, since its foreign key wants the row.
 */
async function lockTemplate({ em, sql }: UnitOfWork, projectId: number, templateId: number): Promise<Template> {
  const found = await sql.query(
    `select t.id from core.template t join core.product d on d.id = t.product_id
     join core.project_product u on u.product_id = d.id where t.id = $2 and u.project_id = $1 for update of d, t`,
    [projectId, templateId],
  );
  if (found.length === 0) throw new NotFoundError({ what: 'template', id: templateId });
  return em.findOneOrFail(Template, templateId);
}

async function refuseUsed(sql: Sql, template: Template): Promise<void> {
  const [row] = await sql.query<{ count: number }>(
    'select count(*)::integer as count from core.annotation where template_id = $1',
    [template.id],
  );
  const count = row?.count ?? 0;
  if (count > 0) throw new TemplateInUseError({ template: template.name, count });
}

async function keysInProject(sql: Sql, projectId: number): Promise<(string | null)[]> {
  const rows = await sql.query<{ shortcut: string | null }>(
    `select t.shortcut from core.template t join core.project_product u on u.product_id = t.product_id where u.project_id = $1 and t.active`,
    [projectId],
  );
  return rows.map((row) => row.shortcut);
}

function refuseTakenKey(siblings: readonly Template[], key: string): void {
  const owner = siblings.find((sibling) => sibling.shortcut?.toLowerCase() === key.toLowerCase());
  if (owner)
    throw new ConflictError({
      what: `Key "${key}"`,
      reason: `already chooses the template "${owner.name}". Take another one.`,
    });
}

function orTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  return orConflict(
    { template_name: { what: `Template "${name}"`, reason: 'is already there in this product. Take another name.' } },
    work,
  );
}
