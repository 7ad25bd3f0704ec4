import type { Problem } from '@exact/sdk/contract';
import { UPLOADS_PATH } from '@exact/sdk/contract';
import { DetailedError, Upload } from 'tus-js-client';
import { API_BASE } from '../app/api.ts';
import { translate } from '../i18n/index.ts';
import type { UploadFailure, UploadTransport } from './upload-queue.ts';

/** One request carries this much: a cut line costs at most that, and a proxy's limit of 64 MB is kept. */
const CHUNK_BYTES = 16 * 1024 * 1024;

/** Resumable uploads by tus. What was sent stays known to this browser, so that the same file goes on after a reload. */
export const tusTransport: UploadTransport = {
  start(file, imageSetId, on) {
    const upload = new Upload(file, {
      endpoint: `${API_BASE}${UPLOADS_PATH}`,
      chunkSize: CHUNK_BYTES,
      retryDelays: [0, 1000, 3000, 8000, 20_000],
      metadata: { imageSetId: String(imageSetId), filename: file.name },
      fingerprint: () => Promise.resolve(['exact', imageSetId, file.name, file.size, file.lastModified].join('|')),
      removeFingerprintOnSuccess: true,
      onShouldRetry: (error) => isWorthRetrying(error.originalResponse?.getStatus() ?? 0),
      onProgress: (sent) => on.progress(sent),
      onSuccess: ({ lastResponse }) =>
        on.done({
          imageId: idIn(lastResponse.getHeader('Exact-Image-Id')),
          duplicateOf: idIn(lastResponse.getHeader('Exact-Duplicate-Of')),
        }),
      onError: (error) => on.failed(failureOf(error)),
    });
    let isStopped = false;
    void upload
      .findPreviousUploads()
      .then(([previous]) => {
        if (isStopped) return;
        if (previous) upload.resumeFromPreviousUpload(previous);
        upload.start();
      })
      .catch((error: unknown) => on.failed({ code: 'UPLOAD_FAILED', message: String(error), isFinal: false }));
    return {
      pause() {
        isStopped = true;
        void upload.abort(false);
      },
      abort() {
        isStopped = true;
        // the server sweeps what was left behind when this request does not get through
        upload.abort(upload.url !== null).catch(() => {});
      },
    };
  },
};

/** 423: another request still writes to the upload, for example one that was cut without the server noticing. */
const isWorthRetrying = (status: number): boolean => status === 0 || status === 423 || status === 429 || status >= 500;

const idIn = (header: string | undefined): number | undefined => (header ? Number(header) : undefined);

function failureOf(error: Error | DetailedError): UploadFailure {
  const response = error instanceof DetailedError ? error.originalResponse : undefined;
  const status = response?.getStatus() ?? 0;
  if (!response || status === 0) return { code: 'OFFLINE', message: translate('uploads.offline'), isFinal: false };
  const isFinal = !isWorthRetrying(status) && status !== 401 && status !== 507;
  try {
    const problem = JSON.parse(response.getBody()) as Problem;
    if (typeof problem.code === 'string')
      return { code: problem.code, message: problem.detail || problem.title, requestId: problem.requestId, isFinal };
  } catch {
    // not the platform's own answer: a proxy's, told by its status
  }
  return { code: `HTTP_${status}`, message: translate('uploads.status', { status }), isFinal };
}
