import { endpointUrl, OfflineError, ProblemError, type Problem } from '@exact/sdk/contract';
import { mediaPlaybackContract } from '../../shared/contract.ts';

/**
 * Sends one file of a plan. By XMLHttpRequest, since `fetch` does not tell how much of a body has left.
 *
 * @param base - of the plugin in the project
 * @returns `known` where it had been there already
 * @throws ProblemError, OfflineError; the reason of `signal`
 */
export function sendFile(
  base: string,
  annotationId: string,
  file: File,
  { onSent, signal }: { readonly onSent: (bytes: number) => void; readonly signal: AbortSignal },
): Promise<'attached' | 'known'> {
  const url = endpointUrl(mediaPlaybackContract.attach, { params: { annotationId }, query: { name: file.name } }, base);
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.responseType = 'json';
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('accept', 'application/json');
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => {
      const body = request.response as { state: 'attached' | 'known' } | Problem | null;
      if (request.status < 300 && body && 'state' in body) resolve(body.state);
      else if (body && 'code' in body) reject(new ProblemError(body));
      else reject(new OfflineError(url)); // a proxy's page, without a reason of ours
    };
    request.onerror = () => reject(new OfflineError(url));
    request.onabort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
