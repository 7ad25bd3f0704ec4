import {
  annotationImportContract,
  annotationsContract,
  authContract,
  createClient,
  documentsContract,
  imageSetsContract,
  imagesContract,
  jobsContract,
  layersContract,
  mediaContract,
  NotSignedInError,
  pluginsContract,
  projectsContract,
  teamsContract,
  templatesContract,
  usersContract,
} from '@exact/sdk/contract';

export const API_BASE = '/api/v2';

let whenSignedOut: (() => void) | undefined;

/** Calls `handler` when the server says that the session is over. */
export function onSignedOut(handler: () => void): void {
  whenSignedOut = handler;
}

const options = {
  baseUrl: API_BASE,
  fetch: async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input, init);
    if (response.status === 401 && (await isSessionOver(response.clone()))) whenSignedOut?.();
    return response;
  },
};

/** A wrong password is 401 as well, and says nothing about the session. */
async function isSessionOver(response: Response): Promise<boolean> {
  const problem = (await response.json().catch(() => undefined)) as { code?: string } | undefined;
  return problem?.code === NotSignedInError.code;
}

/** Typed clients of everything that core offers. */
export const api = {
  auth: createClient(authContract, options),
  users: createClient(usersContract, options),
  teams: createClient(teamsContract, options),
  projects: createClient(projectsContract, options),
  imageSets: createClient(imageSetsContract, options),
  images: createClient(imagesContract, options),
  templates: createClient(templatesContract, options),
  layers: createClient(layersContract, options),
  annotations: createClient(annotationsContract, options),
  annotationImport: createClient(annotationImportContract, options),
  media: createClient(mediaContract, options),
  jobs: createClient(jobsContract, options),
  plugins: createClient(pluginsContract, options),
  documents: createClient(documentsContract, options),
};

/** Address of the thumbnail of an image; changes with its pixels, so that browsers keep it. */
export const thumbnailUrl = (image: { readonly id: number; readonly contentVersion?: string }): string =>
  `${API_BASE}/images/${image.id}/thumbnail${image.contentVersion ? `?v=${encodeURIComponent(image.contentVersion)}` : ''}`;

/** Reads all pages of a cursor-paged list; for lists that people see as a whole. */
export async function readAll<T>(
  read: (cursor: string | undefined) => Promise<{ items: T[]; next?: string | undefined }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}
