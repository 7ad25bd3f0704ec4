import type { AskedOperation } from './requests.ts';

const asked = (method: string, fullPath: string): AskedOperation => ({ fullPath, spec: { method } });

/** Addresses that have no contract: uploads in pieces (tus 1.0), and files of annotations under signed addresses. */
export const UNDISPATCHED: readonly AskedOperation[] = [
  asked('OPTIONS', '/api/v2/uploads'),
  asked('POST', '/api/v2/uploads'),
  asked('HEAD', '/api/v2/uploads/:uploadId'),
  asked('PATCH', '/api/v2/uploads/:uploadId'),
  asked('DELETE', '/api/v2/uploads/:uploadId'),
  asked('GET', '/media/:mac/:annotationId/:mediaId'),
  asked('HEAD', '/media/:mac/:annotationId/:mediaId'),
  asked('GET', '/media/:mac/:annotationId/:mediaId/preview'),
];
