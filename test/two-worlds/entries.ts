import { wav } from '../../core/src/media/samples.testing.ts';
import type { Draw } from './draw.ts';
import { planDraft, positionDraft, visitBatch } from './screenings.ts';
import type { Theme } from './stories.ts';

/** How a route is asked by the scripts. */
export interface Entry {
  /** Why it is not asked at all. */
  readonly left?: string;
  /** Body; without it one is made after the schema of the contract. */
  readonly body?: (draw: Draw) => unknown;
  /** Body that is not JSON. */
  readonly raw?: (draw: Draw) => { readonly type: string; readonly bytes: Uint8Array };
  /** What of the answer is chance: how far jobs are, numbers that the database gives, how far something is that has just
   * begun, active time, how long an address works. */
  readonly masks?: readonly ('jobs' | 'ids' | 'begun' | 'active' | 'age')[];
  readonly headers?: (draw: Draw) => Readonly<Record<string, string>>;
  /** The whole address; without it values for its parameters are drawn. */
  readonly path?: (draw: Draw) => string;
  /** How often it comes, beside 1 for most. */
  readonly weight?: number;
  /** How often it comes in stories of a theme. */
  readonly themes?: Partial<Readonly<Record<Theme, number>>>;
}

const asked: Entry = {};
/** Of files that somebody imports. */
const ofFile: Entry = { themes: { files: 12 }, masks: ['jobs'] };
const ofUpload: Entry = { themes: { files: 3 } };
const ofLink: Entry = {
  path: (draw) => draw.link(false),
  headers: ({ random }) => (random.chance(0.3) ? { range: random.of(['bytes=0-9', 'bytes=5-', 'bytes=900000-']) } : {}),
  themes: { files: 15 },
  masks: ['age'],
};
const tus = { 'tus-resumable': '1.0.0' };
const lines = (draw: Draw): { type: string; bytes: Uint8Array } => ({
  type: 'application/octet-stream',
  bytes: Buffer.from(Array.from({ length: 1 + draw.random.below(4) }, () => JSON.stringify(draw.line())).join('\n')),
});
const ndjson = (draw: Draw): { type: string; bytes: Uint8Array } => ({
  type: 'application/x-ndjson',
  bytes: Buffer.from(
    Array.from({ length: 1 + draw.random.below(3) }, () => {
      const { uuid, ...draft } = draw.draft();
      return JSON.stringify(draw.random.chance(0.5) ? draft : { uuid, ...draft });
    }).join('\n'),
  ),
});

/**
 * Every route of core and plugins. One that is missing here fails the test: say how scripts ask it (an empty entry: parameters,
 * filters and body are made after its contract), or why they leave it.
 */
export const ENTRIES: Readonly<Record<string, Entry>> = {
  'DELETE /api/v2/auth/session': { left: 'ends the session of the script' },
  'POST /api/v2/auth/session': { left: 'makes another session; what it tells are a secret and the person' },
  'GET /api/v2/me': asked,
  'PATCH /api/v2/me': { body: ({ random }) => ({ preferences: { language: random.of(['en', 'de']) } }) },
  'POST /api/v2/me/password': { left: 'ends the session of the script' },
  'GET /api/v2/me/sessions': { masks: ['ids'] },
  'DELETE /api/v2/me/sessions/:sessionId': asked,
  'GET /api/v2/me/tokens': { masks: ['ids'] },
  'POST /api/v2/me/tokens': {
    left: 'people may have a few only; what it tells are numbers of the database and a secret',
  },
  'DELETE /api/v2/me/tokens/:tokenId': asked,
  'GET /api/v2/users': asked,
  'POST /api/v2/users': asked,
  'PATCH /api/v2/users/:userId': asked,
  'POST /api/v2/users/:userId/anonymise': asked,
  'GET /api/v2/teams': asked,
  'POST /api/v2/teams': asked,
  'PATCH /api/v2/teams/:teamId': asked,
  'DELETE /api/v2/teams/:teamId': asked,
  'GET /api/v2/teams/:teamId/members': asked,
  'PUT /api/v2/teams/:teamId/members/:username': asked,
  'DELETE /api/v2/teams/:teamId/members/:username': asked,
  'GET /api/v2/auth/setup': asked,
  'POST /api/v2/auth/setup': asked,
  'GET /api/v2/projects': asked,
  'POST /api/v2/teams/:teamId/projects': asked,
  'GET /api/v2/projects/:projectId': asked,
  'PATCH /api/v2/projects/:projectId': asked,
  'DELETE /api/v2/projects/:projectId': asked,
  'GET /api/v2/projects/:projectId/members': asked,
  'GET /api/v2/projects/:projectId/candidates': asked,
  'PUT /api/v2/projects/:projectId/members/:userId': asked,
  'DELETE /api/v2/projects/:projectId/members/:userId': asked,
  'GET /api/v2/projects/:projectId/layers': asked,
  'POST /api/v2/projects/:projectId/layers': asked,
  'PATCH /api/v2/layers/:layerId': asked,
  'DELETE /api/v2/layers/:layerId': asked,
  'GET /api/v2/projects/:projectId/image-sets': asked,
  'POST /api/v2/projects/:projectId/image-sets': asked,
  'GET /api/v2/image-sets/:imageSetId': asked,
  'PATCH /api/v2/image-sets/:imageSetId': asked,
  'DELETE /api/v2/image-sets/:imageSetId': asked,
  'GET /api/v2/projects/:projectId/products': asked,
  'GET /api/v2/projects/:projectId/products/available': asked,
  'POST /api/v2/projects/:projectId/products': asked,
  'PUT /api/v2/projects/:projectId/products/:productId': asked,
  'DELETE /api/v2/projects/:projectId/products/:productId': asked,
  'PATCH /api/v2/projects/:projectId/products/:productId': asked,
  'POST /api/v2/projects/:projectId/products/:productId/templates': asked,
  'PATCH /api/v2/projects/:projectId/templates/:templateId': asked,
  'DELETE /api/v2/projects/:projectId/templates/:templateId': asked,
  'GET /api/v2/projects/:projectId/templates/:templateId/example': asked,
  'PUT /api/v2/projects/:projectId/templates/:templateId/example': {
    raw: () => ({ type: 'image/png', bytes: Buffer.from('no picture') }),
  },
  'GET /api/v2/image-sets/:imageSetId/images': { weight: 2 },
  'GET /api/v2/images/:imageId': asked,
  'PATCH /api/v2/images/:imageId': asked,
  'POST /api/v2/image-sets/:imageSetId/images/delete': asked,
  'POST /api/v2/images/:imageId/retry': asked,
  'GET /api/v2/images/:imageId/access': asked,
  'GET /api/v2/images/:imageId/thumbnail': asked,
  'GET /api/v2/images/:imageId/tiles/:level/:col/:row': asked,
  'GET /api/v2/images/:imageId/deepzoom.dzi': asked,
  'GET /api/v2/images/:imageId/deepzoom_files/:level/:tile': asked,
  'GET /api/v2/images/:imageId/iiif/info.json': asked,
  'GET /api/v2/images/:imageId/iiif/:region/:size/:rotation/:format': asked,
  'GET /api/v2/images/:imageId/annotations': { weight: 10 },
  'GET /api/v2/images/:imageId/annotations/frame': { weight: 6 },
  'GET /api/v2/images/:imageId/annotations/centres': { weight: 4 },
  'GET /api/v2/images/:imageId/annotations/overview': { weight: 4 },
  'GET /api/v2/images/:imageId/annotations/next': { weight: 5 },
  'GET /api/v2/images/:imageId/annotations/counts': { weight: 3 },
  'POST /api/v2/images/:imageId/annotations/changes': { weight: 60, body: (draw) => draw.changes() },
  'GET /api/v2/annotations/:annotationId': { weight: 4 },
  'GET /api/v2/annotations/:annotationId/history': { weight: 4 },
  'GET /api/v2/annotations/:annotationId/media': { weight: 3 },
  'PUT /api/v2/annotations/:annotationId/media/:mediaId': {
    weight: 6,
    themes: { files: 30 },
    raw: ({ random }) => ({ type: 'audio/wav', bytes: wav(random.of([0.01, 0.02])) }),
  },
  'PATCH /api/v2/annotations/:annotationId/media/:mediaId': asked,
  'POST /api/v2/annotations/:annotationId/media/order': asked,
  'DELETE /api/v2/annotations/:annotationId/media/:mediaId': asked,
  'POST /api/v2/images/:imageId/annotations/import': { raw: ndjson, masks: ['jobs'] },
  'GET /api/v2/images/:imageId/annotations/imports/:importId': { masks: ['jobs'] },
  'GET /api/v2/jobs': { masks: ['jobs'], weight: 3 },
  'POST /api/v2/projects/:projectId/jobs/:jobId/cancel': { masks: ['jobs'] },
  'GET /api/v2/audit': asked,
  'GET /api/v2/projects/:projectId/plugins': asked,
  'PUT /api/v2/projects/:projectId/plugins/:pluginId': asked,
  'GET /api/v2/plugins': asked,
  'PUT /api/v2/plugins/:pluginId': asked,
  'GET /api/v2/projects/:projectId/plugins/:pluginId/documents/:key': asked,
  'PUT /api/v2/projects/:projectId/plugins/:pluginId/documents/:key': asked,
  'GET /api/v2/projects/:projectId/plugins/agreement/readers': asked,
  'POST /api/v2/projects/:projectId/plugins/agreement/comparisons': asked,
  'GET /api/v2/projects/:projectId/plugins/agreement/comparisons': asked,
  'GET /api/v2/projects/:projectId/plugins/agreement/comparisons/:comparisonId': asked,
  'GET /api/v2/projects/:projectId/plugins/agreement/comparisons/:comparisonId/csv': asked,
  'DELETE /api/v2/projects/:projectId/plugins/agreement/comparisons/:comparisonId': asked,
  'POST /api/v2/projects/:projectId/plugins/annotation-import/files': {
    raw: lines,
    themes: { files: 25 },
    masks: ['begun'],
  },
  'GET /api/v2/projects/:projectId/plugins/annotation-import/files': ofFile,
  'GET /api/v2/projects/:projectId/plugins/annotation-import/files/:fileId': ofFile,
  'POST /api/v2/projects/:projectId/plugins/annotation-import/files/:fileId/reread': { masks: ['begun'] },
  'DELETE /api/v2/projects/:projectId/plugins/annotation-import/files/:fileId': asked,
  'GET /api/v2/projects/:projectId/plugins/annotation-import/files/:fileId/suggestion': ofFile,
  'POST /api/v2/projects/:projectId/plugins/annotation-import/files/:fileId/plans': {
    body: (draw) => draw.mapping(),
    themes: { files: 40 },
    masks: ['begun'],
  },
  'GET /api/v2/projects/:projectId/plugins/annotation-import/plans/:planId': ofFile,
  'GET /api/v2/projects/:projectId/plugins/annotation-import/plans/:planId/csv': ofFile,
  'POST /api/v2/projects/:projectId/plugins/annotation-import/plans/:planId/apply': {
    themes: { files: 30 },
    masks: ['begun'],
  },
  'GET /api/v2/projects/:projectId/plugins/cell-scores/classes': asked,
  'GET /api/v2/projects/:projectId/plugins/cell-scores/differential': { weight: 3 },
  'GET /api/v2/projects/:projectId/plugins/cell-scores/images/:imageId/mitotic-count': { weight: 3 },
  'GET /api/v2/projects/:projectId/plugins/cell-scores/images/:imageId/tissue': asked,
  'GET /api/v2/projects/:projectId/plugins/cell-scores/scores': { weight: 2 },
  'GET /api/v2/projects/:projectId/plugins/cell-scores/scores/csv': asked,
  'GET /api/v2/projects/:projectId/plugins/cell-scores/scores/json': asked,
  'GET /api/v2/projects/:projectId/plugins/eiph-score/score': { weight: 3 },
  'GET /api/v2/projects/:projectId/plugins/eiph-score/scores': { weight: 2 },
  'GET /api/v2/projects/:projectId/plugins/eiph-score/scores/csv': asked,
  'GET /api/v2/projects/:projectId/plugins/eiph-score/cells': { weight: 2 },
  'GET /api/v2/projects/:projectId/plugins/eiph-score/border': { weight: 2 },
  'GET /api/v2/projects/:projectId/plugins/label-statistics/counts': { weight: 3 },
  'GET /api/v2/projects/:projectId/plugins/label-statistics/search': { weight: 4 },
  'GET /api/v2/projects/:projectId/plugins/media-playback/images/:imageId/recording': asked,
  'GET /api/v2/projects/:projectId/plugins/media-playback/images/:imageId/sound': asked,
  'GET /api/v2/projects/:projectId/plugins/media-playback/images/:imageId/waveform': asked,
  'POST /api/v2/projects/:projectId/plugins/media-playback/images/:imageId/spectrograms': asked,
  'GET /api/v2/projects/:projectId/plugins/media-playback/annotations/:annotationId/media/:mediaId/waveform': {
    weight: 2,
  },
  'GET /api/v2/projects/:projectId/plugins/media-playback/annotations/:annotationId/media/:mediaId/spectrogram': asked,
  'POST /api/v2/projects/:projectId/plugins/media-playback/attachments/plan': {
    weight: 4,
    themes: { files: 15 },
    body: (draw) => ({
      pattern: draw.random.of(['{uuid}', '{label}_{n}', '{n}', '{image}_{n}', '{id}']),
      files: ['1.wav', `${draw.annotation()}.wav`, `${draw.annotation().slice(0, 8)}.wav`].map((name) => ({
        name,
        sizeBytes: 100,
      })),
    }),
  },
  'PUT /api/v2/projects/:projectId/plugins/media-playback/annotations/:annotationId/attachments': {
    weight: 3,
    themes: { files: 15 },
    raw: ({ random }) => ({ type: 'application/octet-stream', bytes: wav(random.of([0.01, 0.02])) }),
  },
  'GET /api/v2/projects/:projectId/plugins/screening/plans': { weight: 2 },
  'POST /api/v2/projects/:projectId/plugins/screening/images/:imageId/plans': {
    body: (draw) => planDraft(draw.random, draw.clientId([]), draw.plan()),
    weight: 3,
  },
  'GET /api/v2/projects/:projectId/plugins/screening/plans/:planId': { weight: 2 },
  'GET /api/v2/projects/:projectId/plugins/screening/images/:imageId/tissue': { weight: 2 },
  'POST /api/v2/projects/:projectId/plugins/screening/images/:imageId/tissue': {
    body: ({ random }) => ({ closing: random.of([3, 4]) }),
  },
  'GET /api/v2/projects/:projectId/plugins/screening/images/:imageId/tissue/:tissueId': asked,
  'GET /api/v2/projects/:projectId/plugins/screening/plans/:planId/state': { weight: 2 },
  'POST /api/v2/projects/:projectId/plugins/screening/plans/:planId/visits': {
    body: (draw) => visitBatch(draw.random, () => draw.clientId([])),
    weight: 8,
  },
  'GET /api/v2/projects/:projectId/plugins/screening/plans/:planId/visits': { weight: 2 },
  'PUT /api/v2/projects/:projectId/plugins/screening/plans/:planId/position': {
    body: (draw) => positionDraft(draw.random, draw.freshUuid()),
    weight: 2,
  },
  'PUT /api/v2/projects/:projectId/plugins/screening/plans/:planId/marks/:field': { weight: 2 },
  'DELETE /api/v2/projects/:projectId/plugins/screening/plans/:planId/marks/:field': asked,
  'GET /api/v2/projects/:projectId/plugins/screening/plans/:planId/shares': asked,
  'PUT /api/v2/projects/:projectId/plugins/screening/plans/:planId/shares': asked,
  'GET /api/v2/projects/:projectId/plugins/screening/plans/:planId/report': { weight: 3 },
  'GET /api/v2/projects/:projectId/plugins/screening/plans/:planId/report/csv': asked,
  'GET /api/v2/projects/:projectId/plugins/screening/plans/:planId/report/picture': asked,
  'GET /api/v2/projects/:projectId/plugins/screening/plans/:planId/fields': { weight: 2 },
  'GET /api/v2/projects/:projectId/plugins/screening/plans/:planId/fields/csv': asked,
  'GET /api/v2/projects/:projectId/plugins/study-modes/studies': asked,
  'GET /api/v2/projects/:projectId/plugins/study-modes/choices': asked,
  'POST /api/v2/projects/:projectId/plugins/study-modes/studies': asked,
  'GET /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId': asked,
  'PUT /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/draft': asked,
  'POST /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/versions': asked,
  'GET /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/document': asked,
  'DELETE /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId': asked,
  'POST /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/phases/:phaseId/open': asked,
  'POST /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/phases/:phaseId/close': asked,
  'POST /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/end': asked,
  'GET /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/phases/:phaseId/progress': asked,
  'GET /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/cases': asked,
  'GET /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/cases/csv': asked,
  'GET /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/log': asked,
  'POST /api/v2/projects/:projectId/plugins/study-modes/studies/:studyId/cases/reopen': {
    body: (draw) => draw.reopening(),
    themes: { study: 20 },
  },
  'GET /api/v2/projects/:projectId/plugins/study-modes/mine': { themes: { study: 10 }, masks: ['active'] },
  'POST /api/v2/projects/:projectId/plugins/study-modes/cases/:imageId/finish': {
    themes: { study: 70 },
    masks: ['active'],
  },
  'POST /api/v2/projects/:projectId/plugins/study-modes/cases/:imageId/beat': {
    body: ({ random }) => ({ activeMs: random.of([0, 500, 20_000]) }),
    themes: { study: 8 },
    masks: ['active'],
  },
  'GET /api/v2/projects/:projectId/plugins/verification/situation': asked,
  'PUT /api/v2/projects/:projectId/plugins/verification/rule': asked,
  'PUT /api/v2/projects/:projectId/plugins/verification/voting': asked,
  'GET /api/v2/projects/:projectId/plugins/verification/queue': { weight: 4 },
  'GET /api/v2/projects/:projectId/plugins/verification/images/:imageId/opinions/:annotationId': { weight: 3 },
  'POST /api/v2/projects/:projectId/plugins/verification/images/:imageId/votes': { weight: 6 },
  'POST /api/v2/projects/:projectId/plugins/verification/images/:imageId/decisions': asked,
  'GET /api/v2/projects/:projectId/plugins/verification/images/:imageId/records': { weight: 3 },
  'POST /api/v2/projects/:projectId/plugins/verification/images/:imageId/records': { weight: 3 },
  'POST /api/v2/projects/:projectId/plugins/verification/images/:imageId/verify-all': asked,
  'GET /api/v2/projects/:projectId/plugins/verification/progress': { weight: 3 },
  'POST /api/v2/projects/:projectId/plugins/verification/outcome/apply': asked,
  'GET /api/v2/projects/:projectId/plugins/leaky/look': { weight: 3 },
  'OPTIONS /api/v2/uploads': { headers: () => tus },
  'POST /api/v2/uploads': {
    headers: (draw) => ({ ...tus, 'upload-length': '100', 'upload-metadata': draw.uploadMetadata() }),
    themes: { files: 4 },
  },
  'HEAD /api/v2/uploads/:uploadId': { ...ofUpload, headers: () => tus },
  'PATCH /api/v2/uploads/:uploadId': {
    ...ofUpload,
    headers: () => ({ ...tus, 'upload-offset': '0' }),
    raw: () => ({ type: 'application/offset+octet-stream', bytes: Buffer.from('some bytes') }),
  },
  'DELETE /api/v2/uploads/:uploadId': { ...ofUpload, headers: () => tus },
  'GET /media/:mac/:annotationId/:mediaId': ofLink,
  'HEAD /media/:mac/:annotationId/:mediaId': ofLink,
  'GET /media/:mac/:annotationId/:mediaId/preview': { ...ofLink, path: (draw) => draw.link(true) },
};
