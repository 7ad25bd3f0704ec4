import { createReadStream } from 'node:fs';
import { planSpectrogram, SoundError } from '@exact/sound';
import { ConflictError, NotFoundError } from '@exact/sdk/contract';
import type { EndpointRequest, Handlers, PluginContext, Principal } from '@exact/sdk/server';
import type { mediaPlaybackContract } from '../shared/contract.ts';
import { NotARecordingError, RecordingNotReadyError, SpectrogramParametersError } from '../shared/errors.ts';
import type { Recording } from '../shared/model.ts';
import type { SpectrogramParameters } from '../shared/parameters.ts';
import { fileUuid } from './attach/file-uuid.ts';
import { planAttachments } from './attach/plan.ts';
import type { Recordings, StoredRecording } from './recordings.ts';
import { createMediaLooks } from './sound/media-looks.ts';
import { serveSound, soundSize, soundType } from './sound/serve.ts';
import { waveformOf } from './sound/waveform.ts';
import type { Facts } from './spectrogram/make.ts';

type Context = Pick<PluginContext, 'annotations' | 'db' | 'imageFiles' | 'images' | 'jobs' | 'projects' | 'settings'>;
type Request = Pick<EndpointRequest<never>, 'principal' | 'projectId'>;

/**
 * Answers of the endpoints. The platform has looked whether the caller may see the image or annotation before they run.
 *
 * @param withParameters - runs something in which images that are added are made with these parameters
 */
export function createHandlers(
  ctx: Context,
  recordings: Recordings,
  withParameters: <T>(parameters: SpectrogramParameters, work: () => Promise<T>) => Promise<T>,
): Handlers<typeof mediaPlaybackContract> {
  const looks = createMediaLooks(ctx);

  async function find(imageId: number): Promise<StoredRecording> {
    const recording = await recordings.get(imageId);
    if (!recording) throw new NotARecordingError({ imageId });
    return recording;
  }

  /** @throws NotFoundError for what the caller does not see, and for what is in another project */
  async function demandHere(request: Request, annotationId: string): Promise<number> {
    const projectId = projectOf(request);
    const { items } = await ctx.annotations.list(request.principal, {
      projectId,
      uuids: [annotationId],
      deleted: 'all',
    });
    if (items.length === 0) throw new NotFoundError({ what: 'annotation', id: annotationId });
    return projectId;
  }

  /** @throws NotARecordingError, RecordingNotReadyError */
  async function findReady(
    principal: Principal,
    imageId: number,
  ): Promise<StoredRecording & { readonly facts: Facts }> {
    const recording = await find(imageId);
    const { state } = await ctx.images.get(principal, imageId);
    if (state !== 'ready' || !recording.facts) throw new RecordingNotReadyError({ imageId, state });
    return { ...recording, facts: recording.facts };
  }

  return {
    async recording({ params: { imageId }, principal, ...request }): Promise<Recording> {
      const { parameters, facts } = await find(imageId);
      const image = await ctx.images.get(principal, imageId);
      const bare = image.state === 'ready' ? await recordings.bare(imageId) : undefined;
      const others = await recordings.othersOf(imageId);
      const seen = others.length === 0 ? [] : await ctx.images.listOfSet(principal, image.imageSetId);
      const ids = new Set(seen.map(({ id }) => id));
      const base = `/api/v2/projects/${projectOf(request)}/plugins/media-playback/images/${imageId}`;
      return {
        imageId,
        isReady: bare !== undefined,
        parameters,
        notes: [],
        ...(bare && facts ? { ...facts, notes: [...facts.notes] } : {}),
        ...(bare
          ? {
              sound: {
                url: `${base}/sound?v=${versionOf(image.sha256)}`,
                mediaType: soundType(bare.format),
                sizeBytes: soundSize(bare),
              },
            }
          : {}),
        others: others.filter((other) => ids.has(other.imageId)),
      };
    },

    async sound({ params: { imageId }, query: { v }, principal, headers }) {
      await findReady(principal, imageId);
      const bare = await recordings.bare(imageId);
      if (!bare) throw new NotARecordingError({ imageId });
      const version = versionOf((await ctx.images.get(principal, imageId)).sha256);
      const { path } = await ctx.imageFiles.original(imageId);
      return serveSound(path, bare, headers, { etag: `"${version}"`, isImmutable: v === version });
    },

    async waveform({ params: { imageId }, query, principal }) {
      await findReady(principal, imageId);
      const peaks = await recordings.peaks(imageId);
      if (!peaks) throw new NotARecordingError({ imageId });
      return waveformOf(peaks.facts, peaks, query);
    },

    async another({ params: { imageId }, body, principal }) {
      const { facts } = await findReady(principal, imageId);
      demandPossible(body, facts);
      const { imageSetId } = await ctx.images.get(principal, imageId);
      const { path, name } = await ctx.imageFiles.original(imageId);
      const image = await withParameters(body, () =>
        ctx.images.add(principal, imageSetId, { name, source: createReadStream(path) }),
      );
      return { imageId: image.id, publicName: image.publicName };
    },

    async mediaWaveform({ params: { annotationId, mediaId }, query, principal, ...request }) {
      const projectId = await demandHere({ principal, ...request }, annotationId);
      const { facts, peaks } = await looks.of(principal, projectId, annotationId, mediaId);
      return waveformOf(facts, peaks, query);
    },

    async mediaSpectrogram({ params: { annotationId, mediaId }, principal, ...request }) {
      const projectId = await demandHere({ principal, ...request }, annotationId);
      const { picture } = await looks.of(principal, projectId, annotationId, mediaId);
      return { headers: { 'content-type': 'image/png', 'cache-control': 'private, max-age=300' }, body: picture };
    },

    planAttachments: ({ body, principal, ...request }) => planAttachments(ctx, principal, projectOf(request), body),

    async attach({ params: { annotationId }, query: { name }, principal, stream, ...request }) {
      await demandHere({ principal, ...request }, annotationId);
      const uuid = fileUuid(annotationId, principal.userId, name);
      const known = (await ctx.annotations.media.list(principal, annotationId)).some((media) => media.uuid === uuid);
      try {
        const media = await ctx.annotations.media.add(principal, annotationId, { name, source: stream(), uuid });
        return { state: known ? 'known' : 'attached', media };
      } catch (error) {
        if (!known || !(error instanceof ConflictError)) throw error;
        throw new ConflictError(
          {
            what: `"${name}"`,
            reason:
              'is attached to this object already, with another content. Rename the file, or remove that one first.',
          },
          { cause: error },
        );
      }
    },
  };
}

const versionOf = (sha256: string): string => sha256.slice(0, 32);

function projectOf({ projectId }: Pick<Request, 'projectId'>): number {
  if (projectId === undefined) throw new Error('The endpoints of this plugin are mounted below a project.');
  return projectId;
}

/** @throws SpectrogramParametersError */
function demandPossible(parameters: SpectrogramParameters, facts: Facts): void {
  try {
    planSpectrogram(parameters, facts);
  } catch (error) {
    if (!(error instanceof SoundError) || error.field === undefined) throw error;
    const field = error.field as keyof SpectrogramParameters;
    throw new SpectrogramParametersError(
      { field, value: parameters[field], problem: error.message.replace(/^[^:]*: /, '') },
      { cause: error },
    );
  }
}
