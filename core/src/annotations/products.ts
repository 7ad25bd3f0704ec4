import {
  NotFoundError,
  type Product as ProductView,
  type Template as TemplateView,
  TemplateInUseError,
} from '@exact/sdk/contract';
import type { Sql } from '@exact/sdk/server';
import { orConflict } from '../db/conflicts.ts';
import type { Services } from '../services.ts';
import type { Actor, Changes, ChangeUnit } from '../settings/changes.ts';
import { readAttributeSchema } from './attributes.ts';
import { Product, type Template } from './template-entities.ts';

/** Products: groups of templates that belong to a team and are used in any of its projects. */
export interface Products {
  /** Products of a project with their templates, by name. */
  list(projectId: number): Promise<ProductView[]>;
  /** Products of its team that the project does not use. */
  available(projectId: number): Promise<ProductView[]>;
  /** @throws ConflictError for a name that is taken in the team */
  create(
    actor: Actor,
    projectId: number,
    draft: { name: string; description?: string | undefined },
  ): Promise<ProductView>;
  /** Safe to repeat. @throws {@link NotFoundError} also for products of other teams */
  attach(actor: Actor, projectId: number, productId: number): Promise<ProductView>;
  /** @throws {@link TemplateInUseError} while annotations of the project, deleted ones included, use one of its templates */
  detach(actor: Actor, projectId: number, productId: number): Promise<void>;
  update(
    actor: Actor,
    projectId: number,
    productId: number,
    patch: { name?: string | undefined; description?: string | undefined },
  ): Promise<ProductView>;
}

export function createProducts({ database }: Services, changes: Changes): Products {
  return {
    list: (projectId) =>
      readProducts(
        database.sql,
        `id in (select product_id from core.project_product where project_id = $1)`,
        projectId,
      ),
    available: (projectId) =>
      readProducts(
        database.sql,
        `team_id = (select team_id from core.project where id = $1)
         and id not in (select product_id from core.project_product where project_id = $1)`,
        projectId,
      ),
    create: (actor, projectId, draft) =>
      changes.run(actor, async ({ em, sql, projectChanged }) => {
        const [project] = await sql.query<{ team_id: number }>('select team_id from core.project where id = $1', [
          projectId,
        ]);
        if (!project) throw new NotFoundError({ what: 'project', id: projectId });
        const product = em.create(Product, {
          teamId: project.team_id,
          name: draft.name,
          description: draft.description ?? '',
        });
        await orTaken(draft.name, () => em.persist(product).flush());
        await sql.query('insert into core.project_product (project_id, product_id) values ($1, $2)', [
          projectId,
          product.id,
        ]);
        await projectChanged(projectId, 'templates');
        return readProduct(sql, product.id);
      }),
    attach: (actor, projectId, productId) =>
      changes.run(actor, async ({ sql, projectChanged }) => {
        const found = await sql.query(
          'select 1 from core.product d join core.project p on p.team_id = d.team_id where p.id = $1 and d.id = $2',
          [projectId, productId],
        );
        if (found.length === 0) throw new NotFoundError({ what: 'product', id: productId });
        await sql.query(
          'insert into core.project_product (project_id, product_id) values ($1, $2) on conflict do nothing',
          [projectId, productId],
        );
        await projectChanged(projectId, 'templates');
        return readProduct(sql, productId);
      }),
    detach: (actor, projectId, productId) =>
      changes.run(actor, async ({ sql, audit, projectChanged }) => {
        await findProduct(sql, projectId, productId, 'lock');
        const [used] = await sql.query<{ name: string; count: number }>(
          `select t.name, count(*)::integer as count from core.template t join core.annotation a on a.template_id = t.id
           join core.image i on i.id = a.image_id join core.image_set s on s.id = i.image_set_id
           where t.product_id = $2 and s.project_id = $1 group by t.id order by count(*) desc, t.id limit 1`,
          [projectId, productId],
        );
        if (used) throw new TemplateInUseError({ template: used.name, count: used.count });
        await sql.query('delete from core.project_product where project_id = $1 and product_id = $2', [
          projectId,
          productId,
        ]);
        await audit({ action: 'product.detached', projectId, target: `product:${productId}` });
        await projectChanged(projectId, 'templates');
      }),
    update: (actor, projectId, productId, patch) =>
      changes.run(actor, async (unit) => {
        await findProduct(unit.sql, projectId, productId);
        const product = await unit.em.findOneOrFail(Product, productId);
        if (patch.name !== undefined) product.name = patch.name;
        if (patch.description !== undefined) product.description = patch.description;
        await orTaken(product.name, () => unit.em.flush());
        await tellProjectsOf(unit, productId);
        return readProduct(unit.sql, productId);
      }),
  };
}

/**
 * Makes sure that a project uses a product.
 *
 * @param lock - other changes of the product then wait for this one
 * @throws {@link NotFoundError} also for products of others
 */
export async function findProduct(sql: Sql, projectId: number, productId: number, lock?: 'lock'): Promise<void> {
  const found = await sql.query(
    `select 1 from core.product d join core.project_product u on u.product_id = d.id
     where u.project_id = $1 and d.id = $2 ${lock ? 'for update of d' : ''}`,
    [projectId, productId],
  );
  if (found.length === 0) throw new NotFoundError({ what: 'product', id: productId });
}

/** A product is shared: every project that uses it shows the change. */
export async function tellProjectsOf({ sql, projectChanged }: ChangeUnit, productId: number): Promise<void> {
  const users = await sql.query<{ project_id: number }>(
    'select project_id from core.project_product where product_id = $1 order by 1',
    [productId],
  );
  for (const { project_id } of users) await projectChanged(project_id, 'templates');
}

export interface TemplateRow {
  readonly id: number;
  readonly product_id: number;
  readonly name: string;
  readonly colour: string;
  readonly kind: TemplateView['kind'];
  readonly default_width: number;
  readonly default_height: number;
  readonly sort_order: number;
  readonly shortcut: string | null;
  readonly description: string;
  readonly example_key: string | null;
  readonly attribute_schema: unknown;
  readonly active: boolean;
}

export function templateView(row: TemplateRow): TemplateView {
  return {
    id: row.id,
    productId: row.product_id,
    name: row.name,
    colour: row.colour,
    kind: row.kind,
    defaultWidth: row.default_width,
    defaultHeight: row.default_height,
    sortOrder: row.sort_order,
    shortcut: row.shortcut,
    description: row.description,
    hasExample: row.example_key !== null,
    attributeSchema: readAttributeSchema(row.attribute_schema),
    active: row.active,
  };
}

/** The mapper types doubles as text or number, since some databases give text. */
export function entityTemplateView(template: Template): TemplateView {
  const { id, productId, name, colour, kind, shortcut, description, active, exampleKey, attributeSchema } = template;
  return {
    ...{ id, productId, name, colour, kind, description, active },
    defaultWidth: Number(template.defaultWidth),
    defaultHeight: Number(template.defaultHeight),
    sortOrder: Number(template.sortOrder),
    shortcut: shortcut ?? null,
    hasExample: exampleKey != null,
    attributeSchema: readAttributeSchema(attributeSchema),
  };
}

async function readProducts(sql: Sql, where: string, id: number): Promise<ProductView[]> {
  const products = await sql.query<{ id: number; team_id: number; name: string; description: string }>(
    `select id, team_id, name, description from core.product where ${where} order by lower(name), id`,
    [id],
  );
  const templates = await sql.query<TemplateRow>(
    'select * from core.template where product_id = any($1::integer[]) order by sort_order, id',
    [products.map((product) => product.id)],
  );
  const byProduct = Map.groupBy(templates, (row) => row.product_id);
  return products.map(({ id: productId, team_id, name, description }) => ({
    ...{ id: productId, teamId: team_id, name, description },
    templates: (byProduct.get(productId) ?? []).map(templateView),
  }));
}

async function readProduct(sql: Sql, productId: number): Promise<ProductView> {
  const [product] = await readProducts(sql, 'id = $1', productId);
  if (!product) throw new NotFoundError({ what: 'product', id: productId });
  return product;
}

function orTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  return orConflict(
    {
      product_name: {
        what: `Product "${name}"`,
        reason: 'is already there in this team. Take another name, or use that one.',
      },
    },
    work,
  );
}
