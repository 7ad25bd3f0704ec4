/** A tus client as small as tests need it. */
export interface TusAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly problem:
    { readonly code: string; readonly detail: string; readonly data?: { readonly code?: string } } | undefined;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export async function createUpload(
  url: string,
  size: number,
  metadata: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<TusAnswer & { location: string }> {
  const response = await fetch(`${url}/api/v2/uploads`, {
    method: 'POST',
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': String(size),
      'upload-metadata': Object.entries(metadata)
        .map(([key, value]) => `${key} ${base64(value)}`)
        .join(','),
      ...headers,
    },
  });
  return { ...(await answerOf(response)), location: `${url}${response.headers.get('location') ?? ''}` };
}

export async function patchUpload(
  location: string,
  offset: number,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): Promise<TusAnswer> {
  return answerOf(
    await fetch(location, {
      method: 'PATCH',
      headers: {
        'tus-resumable': '1.0.0',
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
        ...headers,
      },
      body: bytes as Uint8Array<ArrayBuffer>,
    }),
  );
}

export async function askUpload(
  location: string,
  method: 'HEAD' | 'DELETE',
  headers: Record<string, string> = {},
): Promise<TusAnswer> {
  return answerOf(await fetch(location, { method, headers: { 'tus-resumable': '1.0.0', ...headers } }));
}

/** Uploads a file in one piece. */
export async function upload(
  url: string,
  imageSetId: number,
  filename: string,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): Promise<TusAnswer> {
  const created = await createUpload(url, bytes.length, { imageSetId: String(imageSetId), filename }, headers);
  return created.status === 201 ? patchUpload(created.location, 0, bytes, headers) : created;
}

async function answerOf(response: Response): Promise<TusAnswer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    problem: text.startsWith('{') ? (JSON.parse(text) as TusAnswer['problem']) : undefined,
  };
}
