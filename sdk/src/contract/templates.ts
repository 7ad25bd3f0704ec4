import { z } from 'zod';
import { AttributeSchema } from './attributes.ts';
import { Colour, Description, Id, Name } from './common.ts';
import { contract, endpoint, raw } from './endpoint.ts';
import { ConflictError } from './errors.ts';
import { defineError } from './define-error.ts';

export const GeometryKindSchema = z.enum(['point', 'box', 'ellipse', 'line', 'polygon', 'image']);

/** Colours that stay apart for colour-blind people: Okabe & Ito 2008, "Color Universal Design", without black. */
export const DEFAULT_PALETTE = ['#E69F00', '#56B4E9', '#009E73', '#F0E442', '#0072B2', '#D55E00', '#CC79A7'] as const;

export const Template = z.object({
  id: Id,
  productId: Id,
  name: z.string(),
  colour: Colour,
  kind: GeometryKindSchema,
  /** Size of the shape that a single click places, in level-0 pixels. */
  defaultWidth: z.number(),
  defaultHeight: z.number(),
  sortOrder: z.number(),
  /** One key, for example `1` or `m`. */
  shortcut: z.string().nullable(),
  description: z.string(),
  hasExample: z.boolean(),
  /** Typed attributes kept in the meta data of annotations. */
  attributeSchema: AttributeSchema.nullable(),
  active: z.boolean(),
});
export type Template = z.output<typeof Template>;

export const Product = z.object({
  id: Id,
  teamId: Id,
  name: z.string(),
  description: z.string(),
  templates: z.array(Template),
});
export type Product = z.output<typeof Product>;

export const TemplateInUseError = defineError<{ template: string; count: number }>({
  code: 'TEMPLATE_IN_USE',
  status: 409,
  message: (d) =>
    `Template "${d.template}" is used by ${d.count} annotations. Deactivate it instead, or give them another template first.`,
});

const TemplateFields = {
  name: Name,
  colour: Colour,
  kind: GeometryKindSchema,
  defaultWidth: z.number().positive().max(1_000_000),
  defaultHeight: z.number().positive().max(1_000_000),
  sortOrder: z.number().finite(),
  shortcut: z
    .string()
    .regex(/^[\p{L}\p{N}]$/u, 'must be one letter or digit')
    .nullable(),
  description: Description,
  attributeSchema: AttributeSchema.nullable(),
  active: z.boolean(),
};

const read = { permission: 'templates:read', in: 'project' } as const;
const write = { permission: 'templates:write', in: 'project' } as const;
const inProject = z.object({ projectId: Id });
const ofProduct = inProject.extend({ productId: Id });
const ofTemplate = inProject.extend({ templateId: Id });

export const templatesContract = contract({
  products: endpoint({
    method: 'GET',
    path: '/projects/:projectId/products',
    summary: 'Products of the project with their templates',
    access: read,
    params: inProject,
    response: z.array(Product),
  }),
  availableProducts: endpoint({
    method: 'GET',
    path: '/projects/:projectId/products/available',
    summary: 'Products of the team that the project does not use yet',
    access: write,
    params: inProject,
    response: z.array(Product),
  }),
  createProduct: endpoint({
    method: 'POST',
    path: '/projects/:projectId/products',
    summary: 'Make a product and use it in the project',
    access: write,
    params: inProject,
    body: z.strictObject({ name: Name, description: Description.optional() }),
    response: Product,
    status: 201,
    errors: [ConflictError],
  }),
  attachProduct: endpoint({
    method: 'PUT',
    path: '/projects/:projectId/products/:productId',
    summary: 'Use a product of the team in the project',
    access: write,
    params: ofProduct,
    response: Product,
  }),
  detachProduct: endpoint({
    method: 'DELETE',
    path: '/projects/:projectId/products/:productId',
    summary: 'Stop using a product in the project; refused while annotations use its templates',
    access: write,
    params: ofProduct,
    errors: [ConflictError, TemplateInUseError],
  }),
  updateProduct: endpoint({
    method: 'PATCH',
    path: '/projects/:projectId/products/:productId',
    summary: 'Rename or describe a product',
    access: write,
    params: ofProduct,
    body: z.strictObject({ name: Name.optional(), description: Description.optional() }),
    response: Product,
    errors: [ConflictError],
  }),
  createTemplate: endpoint({
    method: 'POST',
    path: '/projects/:projectId/products/:productId/templates',
    summary: 'Make a template; what is left out gets a default (next palette colour, next key)',
    access: write,
    params: ofProduct,
    body: z.strictObject({
      name: TemplateFields.name,
      kind: TemplateFields.kind,
      colour: TemplateFields.colour.optional(),
      defaultWidth: TemplateFields.defaultWidth.optional(),
      defaultHeight: TemplateFields.defaultHeight.optional(),
      sortOrder: TemplateFields.sortOrder.optional(),
      shortcut: TemplateFields.shortcut.optional(),
      description: TemplateFields.description.optional(),
      attributeSchema: TemplateFields.attributeSchema.optional(),
    }),
    response: Template,
    status: 201,
    errors: [ConflictError],
  }),
  updateTemplate: endpoint({
    method: 'PATCH',
    path: '/projects/:projectId/templates/:templateId',
    summary: 'Change a template; its kind only while nothing uses it',
    access: write,
    params: ofTemplate,
    body: z.strictObject(TemplateFields).partial(),
    response: Template,
    errors: [ConflictError, TemplateInUseError],
  }),
  removeTemplate: endpoint({
    method: 'DELETE',
    path: '/projects/:projectId/templates/:templateId',
    summary: 'Delete a template that no annotation uses',
    access: write,
    params: ofTemplate,
    errors: [TemplateInUseError],
  }),
  example: endpoint({
    method: 'GET',
    path: '/projects/:projectId/templates/:templateId/example',
    summary: 'Example image of a template',
    access: read,
    params: ofTemplate,
    response: raw('image/webp'),
  }),
  setExample: endpoint({
    method: 'PUT',
    path: '/projects/:projectId/templates/:templateId/example',
    summary: 'Set the example image (PNG, JPEG or WebP up to 5 MiB; stored as WebP of at most 512 px)',
    access: write,
    params: ofTemplate,
    rawBody: ['image/png', 'image/jpeg', 'image/webp'],
    bodyLimit: 5 * 1024 * 1024,
    response: Template,
    errors: [ConflictError],
  }),
});
