import { endpointUrl, mediaContract, OfflineError, ProblemError, type Media, type Problem } from '@exact/sdk/contract';
import { API_BASE } from '../../../app/api.ts';

/**
 * Sends one file. By XMLHttpRequest, since `fetch` does not tell how much of a body has left.
 *
 * @param uuid - the same at each try: a file whose answer was lost is stored once
 * @throws ProblemError, OfflineError; the reason of `signal`
 */
export function putMedia(
  annotationUuid: string,
  uuid: string,
  file: File,
  { onSent, signal }: { readonly onSent: (bytes: number) => void; readonly signal: AbortSignal },
): Promise<Media> {
  const input = { params: { annotationId: annotationUuid, mediaId: uuid }, query: { name: file.name } };
  const url = endpointUrl(mediaContract.add, input, API_BASE);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.responseType = 'json';
    // what the browser guesses from the name is a claim that the server would hold against the file: its bytes say enough
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Media);
      else if (request.response) reject(new ProblemError(request.response as Problem));
      else reject(new OfflineError(url)); // a proxy's page, without a reason of ours
    };
    request.onerror = () => reject(new OfflineError(url));
    request.onabort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}
