import type { PluginContext, Sql } from '@exact/sdk/server';
import { SpectrogramParameters } from '../shared/parameters.ts';
import type { Facts, Made, StoredPeaks } from './spectrogram/make.ts';

/** The recording behind an image, as it is stored. */
export interface StoredRecording {
  readonly imageId: number;
  readonly parameters: SpectrogramParameters;
  readonly facts: Facts | undefined;
}

/** The bytes that are served as sound: `head`, then those of the original from `from` to before `to`. */
export interface BareSound {
  readonly head: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly format: Facts['format'];
}

/** What the plugin knows of images that are recordings. Nobody's rights are asked here. */
export interface Recordings {
  /** That a spectrogram is being made; forgets what there was. */
  begin(imageId: number, parameters: SpectrogramParameters): Promise<void>;
  keep(imageId: number, made: Made): Promise<void>;
  get(imageId: number, sql?: Sql): Promise<StoredRecording | undefined>;
  bare(imageId: number): Promise<BareSound | undefined>;
  peaks(imageId: number): Promise<(StoredPeaks & { readonly facts: Facts }) | undefined>;
  /** Images of the same set that were made from the same bytes. */
  othersOf(imageId: number): Promise<readonly { readonly imageId: number; readonly publicName: string }[]>;
}

interface Row {
  readonly image_id: number;
  readonly parameters: unknown;
  readonly facts: Facts | null;
}

export function createRecordings({ db }: Pick<PluginContext, 'db'>): Recordings {
  return {
    async begin(imageId, parameters) {
      await db.query(
        `insert into plugin_media_playback.recording (image_id, parameters) values ($1, $2)
         on conflict (image_id) do update set parameters = excluded.parameters, facts = null, samples_per_peak = null, peaks = null,
           bare_head = null, bare_from = null, bare_to = null, made_at = null`,
        [imageId, JSON.stringify(parameters)],
      );
    },
    async keep(imageId, { facts, peaks, bare }) {
      await db.query(
        `update plugin_media_playback.recording set facts = $2, samples_per_peak = $3, peaks = $4, bare_head = $5, bare_from = $6, bare_to = $7,
           made_at = now() where image_id = $1`,
        [
          imageId,
          JSON.stringify(facts),
          peaks.samplesPerPeak,
          Buffer.from(peaks.values),
          Buffer.from(bare.head),
          bare.from,
          bare.to,
        ],
      );
    },
    async get(imageId, sql = db) {
      const [row] = await sql.query<Row>(
        'select image_id, parameters, facts from plugin_media_playback.recording where image_id = $1',
        [imageId],
      );
      return (
        row && {
          imageId: row.image_id,
          parameters: SpectrogramParameters.parse(row.parameters),
          facts: row.facts ?? undefined,
        }
      );
    },
    async bare(imageId) {
      const [row] = await db.query<{ head: Uint8Array; from: string; to: string; format: Facts['format'] }>(
        `select bare_head as head, bare_from as "from", bare_to as "to", facts->>'format' as format
           from plugin_media_playback.recording where image_id = $1 and facts is not null`,
        [imageId],
      );
      return row && { head: row.head, from: Number(row.from), to: Number(row.to), format: row.format };
    },
    async peaks(imageId) {
      const [row] = await db.query<{ facts: Facts; samplesPerPeak: number; values: Uint8Array }>(
        `select facts, samples_per_peak as "samplesPerPeak", peaks as values
           from plugin_media_playback.recording where image_id = $1 and facts is not null`,
        [imageId],
      );
      return row;
    },
    async othersOf(imageId) {
      return db.query(
        `select o.id as "imageId", o.public_name as "publicName" from core.image i
           join core.image o on o.image_set_id = i.image_set_id and o.sha256 = i.sha256 and o.id <> i.id
           join plugin_media_playback.recording r on r.image_id = o.id
          where i.id = $1 order by o.position, o.id`,
        [imageId],
      );
    },
  };
}
