import {
  type AnnotationImport,
  annotationImportContract,
  endpointUrl,
  OfflineError,
  type Problem,
  ProblemError,
} from '@exact/sdk/contract';
import { API_BASE } from '../app/api.ts';

/**
 * Sends a file of annotations. Not by `fetch`: it does not tell how far it is, and these files are large.
 *
 * @param importId - the same for each try with the same file: the server takes it in once
 * @throws ProblemError, OfflineError, the reason of `signal`
 */
export function sendImport(
  imageId: number,
  importId: string,
  file: Blob,
  onSent: (fraction: number) => void,
  signal: AbortSignal,
): Promise<AnnotationImport> {
  const url = endpointUrl(annotationImportContract.start, { params: { imageId }, query: { importId } }, API_BASE);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    signal.addEventListener('abort', abort, { once: true });
    request.upload.onprogress = ({ loaded, total }) => onSent(total === 0 ? 0 : loaded / total);
    request.onabort = () => reject(signal.reason as Error);
    request.onerror = () => reject(new OfflineError(url));
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.onload = () => {
      const answer = readJson(request.responseText);
      if (request.status === 202) resolve(answer as AnnotationImport);
      else reject(new ProblemError(answer as Problem));
    };
    request.open('POST', url);
    request.setRequestHeader('content-type', 'application/x-ndjson');
    request.send(file);
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { type: 'about:blank', title: text.slice(0, 200), status: 0, detail: '', code: 'UNREADABLE_ANSWER' };
  }
}
