import { NotFoundError } from '@exact/sdk/contract';
import type { PluginContext, Principal } from '@exact/sdk/server';
import { SoundUnreadableError } from '../../shared/errors.ts';
import { SpectrogramParameters } from '../../shared/parameters.ts';
import type { Look, LookInput } from './look.ts';

const LOOKER = new URL(import.meta.url.endsWith('.ts') ? './look.ts' : './look.js', import.meta.url);
const MEMORY_MB = 512;
/** Less than what a request may take. */
const TIMEOUT_MS = 55_000;
/** Codes of the decoder that tell about the file and not about us. */
const OF_THE_FILE = [
  'UNKNOWN_FORMAT',
  'UNSUPPORTED_SOUND',
  'CORRUPT_FILE',
  'TRUNCATED_FILE',
  'NO_SOUND',
  'SOUND_PARAMETERS',
];

/** What sounds of annotations look like: decoded once, by whoever asks first. */
export interface MediaLooks {
  /** @throws NotFoundError, SoundUnreadableError */
  of(principal: Principal, projectId: number, annotationUuid: string, mediaUuid: string): Promise<Look>;
}

export function createMediaLooks(ctx: Pick<PluginContext, 'annotations' | 'db' | 'jobs' | 'settings'>): MediaLooks {
  const running = new Map<string, Promise<Look>>();

  async function stored(annotationUuid: string, mediaUuid: string, parameters: string): Promise<Look | undefined> {
    const [row] = await ctx.db.query<{
      facts: Look['facts'];
      samplesPerPeak: number;
      peaks: Uint8Array;
      picture: Uint8Array;
    }>(
      `select l.facts, l.samples_per_peak as "samplesPerPeak", l.peaks, l.picture
         from plugin_media_playback.media_look l join core.media m on m.id = l.media_id join core.annotation a on a.id = m.annotation_id
        where a.uuid = $1 and m.uuid = $2 and l.parameters = $3::jsonb`,
      [annotationUuid, mediaUuid, parameters],
    );
    return (
      row && {
        facts: row.facts,
        peaks: { samplesPerPeak: row.samplesPerPeak, values: row.peaks },
        picture: row.picture,
      }
    );
  }

  async function make(
    path: string,
    annotationUuid: string,
    mediaUuid: string,
    parameters: SpectrogramParameters,
  ): Promise<Look> {
    const task: LookInput = { source: path, parameters };
    const look = await ctx.jobs.inProcess<Look>(LOOKER, task, { timeoutMs: TIMEOUT_MS, memoryMb: MEMORY_MB });
    await ctx.db.query(
      `insert into plugin_media_playback.media_look (media_id, parameters, facts, samples_per_peak, peaks, picture)
       select m.id, $3, $4, $5, $6, $7 from core.media m join core.annotation a on a.id = m.annotation_id where a.uuid = $1 and m.uuid = $2
       on conflict (media_id) do update set parameters = excluded.parameters, facts = excluded.facts,
         samples_per_peak = excluded.samples_per_peak, peaks = excluded.peaks, picture = excluded.picture, made_at = now()`,
      [
        annotationUuid,
        mediaUuid,
        JSON.stringify(parameters),
        JSON.stringify(look.facts),
        look.peaks.samplesPerPeak,
        Buffer.from(look.peaks.values),
        Buffer.from(look.picture),
      ],
    );
    return look;
  }

  return {
    async of(principal, projectId, annotationUuid, mediaUuid) {
      const file = await ctx.annotations.media.file(principal, annotationUuid, mediaUuid);
      if (file.kind === 'image') throw new NotFoundError({ what: 'sound', id: mediaUuid });
      const parameters = SpectrogramParameters.parse(await ctx.settings.project(projectId));
      const key = `${annotationUuid} ${mediaUuid} ${JSON.stringify(parameters)}`;
      const known = await stored(annotationUuid, mediaUuid, JSON.stringify(parameters));
      if (known) return known;
      const pending =
        running.get(key) ?? make(file.path, annotationUuid, mediaUuid, parameters).finally(() => running.delete(key));
      running.set(key, pending);
      try {
        return await pending;
      } catch (error) {
        const { code } = error as { code?: unknown };
        if (error instanceof Error && typeof code === 'string' && OF_THE_FILE.includes(code))
          throw new SoundUnreadableError({ reason: code, sentence: error.message }, { cause: error });
        throw error;
      }
    },
  };
}
