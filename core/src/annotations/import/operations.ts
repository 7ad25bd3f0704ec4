import { annotationImportContract, IMPORT_TYPES, UnsupportedMediaTypeError } from '@exact/sdk/contract';
import { type CoreRequest, implement, type Operation } from '../../http/implement.ts';
import { type AnnotationImports, demandImportRights } from './imports.ts';

/** Puts imports behind the HTTP contract. `limitBytes`: the operator's word on the size of a file. */
export function annotationImportOperations(imports: AnnotationImports, limitBytes: number): readonly Operation[] {
  const operations = implement(annotationImportContract, {
    async start(request) {
      demandLines(request);
      const { principal, role, params, query } = request;
      demandImportRights(principal, role, query);
      const target = { ...query, projectId: request.projectId ?? 0, imageId: params.imageId };
      return imports.start(principal, target, request.stream());
    },
    get: ({ principal, params }) => imports.get(principal, params.imageId, params.importId),
  });
  return operations.map((operation) =>
    operation.spec.rawBody ? { ...operation, spec: { ...operation.spec, bodyLimit: limitBytes } } : operation,
  );
}

function demandLines({ headers }: Pick<CoreRequest<never>, 'headers'>): void {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const coding = headers['content-encoding'] ?? 'identity';
  if (!(IMPORT_TYPES as readonly string[]).includes(type))
    throw new UnsupportedMediaTypeError({ got: type, allowed: [...IMPORT_TYPES] });
  if (coding !== 'identity')
    throw new UnsupportedMediaTypeError({ got: `${type} as ${coding}`, allowed: [...IMPORT_TYPES] });
}
