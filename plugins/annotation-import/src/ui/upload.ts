import { ProblemError } from '@exact/sdk/ui';
import type { ImportFile } from '../shared/file.ts';

/**
 * Sends a file; the browser streams it from the disk.
 *
 * @param base - address of the plugin in the project
 * @throws ProblemError when the server refuses it
 */
export function upload(
  base: string,
  file: File,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void },
): Promise<ImportFile> {
  // Not fetch: it cannot tell how much is sent.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const body = JSON.parse(request.responseText) as unknown;
      if (request.status < 300) resolve(body as ImportFile);
      else reject(new ProblemError(body as ConstructorParameters<typeof ProblemError>[0]));
    };
    request.onerror = () => reject(new Error('The file could not be sent. Check the network and try again.'));
    request.onabort = () => reject(new DOMException('The sending was stopped.', 'AbortError'));
    request.open('POST', `${base}/files?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('accept', 'application/json');
    request.send(file);
  });
}
