import { templatesContract } from '@exact/sdk/contract';
import { implement, type Operation } from '../http/implement.ts';
import { granted } from '../projects/operations.ts';
import type { Products } from './products.ts';
import type { TemplateExamples } from './template-examples.ts';
import type { Templates } from './templates.ts';

interface Parts {
  readonly products: Products;
  readonly templates: Templates;
  readonly examples: TemplateExamples;
}

export function templatesOperations({ products, templates, examples }: Parts): readonly Operation[] {
  return implement(templatesContract, {
    products: ({ grant }) => products.list(granted(grant, 'projectId')),
    availableProducts: ({ grant }) => products.available(granted(grant, 'projectId')),
    createProduct: (request) => products.create(request, granted(request.grant, 'projectId'), request.body),
    attachProduct: (request) => products.attach(request, granted(request.grant, 'projectId'), request.params.productId),
    detachProduct: (request) => products.detach(request, granted(request.grant, 'projectId'), request.params.productId),
    updateProduct: (request) =>
      products.update(request, granted(request.grant, 'projectId'), request.params.productId, request.body),
    createTemplate: (request) =>
      templates.create(request, granted(request.grant, 'projectId'), request.params.productId, request.body),
    updateTemplate: (request) =>
      templates.update(request, granted(request.grant, 'projectId'), request.params.templateId, request.body),
    removeTemplate: (request) =>
      examples.removeTemplate(request, granted(request.grant, 'projectId'), request.params.templateId),
    async example(request) {
      const { bytes, version } = await examples.get(granted(request.grant, 'projectId'), request.params.templateId);
      const etag = `"${version}"`;
      const headers = { 'content-type': 'image/webp', etag, 'cache-control': 'private, no-cache' };
      return request.headers['if-none-match'] === etag ? { status: 304, headers } : { headers, body: bytes };
    },
    setExample: (request) =>
      examples.set(request, granted(request.grant, 'projectId'), request.params.templateId, request.stream()),
  });
}
