import { z } from 'zod';
import type { Pools, Works } from './pools.ts';
import type { Random } from './random.ts';
import type { AskedOperation } from './requests.ts';
import { chosenUuid, type Story, type Theme } from './stories.ts';
import { PHASE, TASKS } from './studies.ts';

/** A part of a JSON schema, as `zod` writes it. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

const ABSENT_ID = 1_999_999_999;

/** Gives values for one step of one person: what they have, what others have, and what nobody has. */
export class Draw {
  readonly random: Random;
  readonly #story: Story;
  readonly #pools: Pools;
  readonly #own: Works;
  readonly #mark: string;
  #count = 0;
  readonly #step: number;

  constructor(random: Random, story: Story, pools: Pools, who: { own: Works; mark: string; step: number }) {
    this.random = random;
    this.#story = story;
    this.#pools = pools;
    this.#own = who.own;
    this.#mark = who.mark;
    this.#step = who.step;
  }

  get theme(): Theme {
    return this.#story.theme;
  }

  /** A UUID that this step makes; mostly one that the person may use. */
  freshUuid(): string {
    const isOwn = this.random.chance(0.95);
    return chosenUuid(this.#story.projectId / 20, this.#step * 8 + this.#count++, isOwn ? this.#mark : '00000000');
  }

  annotation(): string {
    const { random } = this;
    const { reader, others } = this.#pools;
    const own = [...this.#own.annotations.keys()];
    const theirs = [...(this.#own === reader ? others : reader).annotations.keys()];
    const pools = [...[own, own, theirs, theirs], this.#story.shown, this.#story.hidden].filter(
      (pool) => pool.length > 0,
    );
    return random.chance(0.08) ? chosenUuid(9999, random.below(50)) : random.of(random.of(pools));
  }

  image(): number {
    const { imageIds, foreign } = this.#story;
    return this.random.chance(0.92) ? this.random.of(imageIds) : this.random.of([foreign.imageId, ABSENT_ID]);
  }

  draft() {
    const { random } = this;
    const n = random.below(3);
    const [x, y, size] = [random.below(60), random.below(40), 4 + random.below(10)];
    const geometry = [
      { kind: 'point', x, y },
      { kind: 'box', x, y, width: size, height: size },
      { kind: 'polygon', polygons: [[[x, y, x + size, y, x + size, y + size]]] },
    ][n];
    return {
      uuid: this.freshUuid(),
      templateId: this.#story.templateIds[n],
      geometry,
      ...(random.chance(0.4) ? { description: random.of(['cell', 'other']) } : {}),
      ...(random.chance(0.3) ? { meta: { grade: random.below(3), k: random.of(['v', 'w']) } } : {}),
    };
  }

  /** A reference to an annotation with the revision that the person believes in, or one behind it. */
  #ref(): { uuid: string; revision: number } {
    const uuid = this.annotation();
    const known = this.#own.annotations.get(uuid)?.revision ?? 1;
    return { uuid, revision: this.random.chance(0.85) ? known : Math.max(1, known - 1) };
  }

  /** Ids that the step takes again: the person's own or one that everybody in the story uses. */
  clientId(own: readonly string[]): string {
    const { random } = this;
    if (random.chance(0.2)) return random.of(this.#pools.shared);
    if (own.length > 0 && random.chance(0.15)) return random.of(own);
    return this.freshUuid();
  }

  changes(): unknown {
    const { random } = this;
    const body: Record<string, unknown[]> = {};
    const add = (list: string, item: unknown): void => void (body[list] ??= []).push(item);
    const seen = new Set<string>();
    for (let n = 0; n <= random.below(3); n++) {
      const kind = random.below(10);
      const ref = this.#ref();
      if (kind < 4 || seen.has(ref.uuid)) {
        const draft = this.draft();
        // Now and then with a UUID that somebody else has, or may have, taken.
        add('create', random.chance(0.06) ? { ...draft, uuid: this.annotation() } : draft);
        continue;
      }
      seen.add(ref.uuid);
      if (kind < 6)
        add('update', {
          ...ref,
          ...random.of([
            { description: 'new' },
            { meta: { k: 'w' } },
            { locked: random.chance(0.3) },
            { layerId: this.layer() },
          ]),
        });
      else if (kind < 7) add('delete', ref);
      else if (kind < 8) add('restore', ref);
      else add('verify', { ...ref, verdict: random.of(['accepted', 'rejected', 'none']) });
    }
    return { changeId: this.clientId(this.#own.changeIds), ...body };
  }

  layer(): number {
    return this.random.of([...this.#story.layerIds, ABSENT_ID]);
  }

  #user(): number {
    const { people } = this.#story;
    return this.random.of([people.reader, people.annotator, people.verifier, people.manager]).userId;
  }

  /** A value for a parameter of a path. */
  param(name: string): string {
    const { random } = this;
    const story = this.#story;
    const ofOthers = (): string =>
      this.#pools.othersIds.length > 0 ? random.of(this.#pools.othersIds) : chosenUuid(9999, 7);
    const values: Readonly<Record<string, () => string | number>> = {
      teamId: () => random.of([story.teamId, ABSENT_ID]),
      projectId: () => (random.chance(0.9) ? story.projectId : random.of([story.foreign.projectId, ABSENT_ID])),
      imageSetId: () =>
        random.chance(0.9) ? random.of(story.imageSetIds) : random.of([story.foreign.imageSetId, ABSENT_ID]),
      imageId: () => this.image(),
      annotationId: () => this.annotation(),
      layerId: () => this.layer(),
      productId: () => random.of([story.productId, ABSENT_ID]),
      templateId: () => random.of([...story.templateIds, ABSENT_ID]),
      userId: () => this.#user(),
      username: () => random.of([story.people.annotator.username, 'nobody']),
      mediaId: () => this.#file(),
      importId: () => random.of([...this.#own.importIds, ...this.#pools.others.importIds, ...this.#pools.shared]),
      jobId: () => random.of([...this.#refs(), ofOthers()]),
      pluginId: () => random.of([...story.plugins, 'absent']),
      key: () => random.of(['a', 'b']),
      uploadId: () => random.of([...this.#own.uploads, ...this.#pools.others.uploads, ofOthers()]),
      studyId: () => random.of([this.#story.studyId ?? ofOthers(), ofOthers()]),
      phaseId: () => random.of([PHASE, 'other']),
      fileId: () => this.#made('file') ?? ofOthers(),
      planId: () => this.plan(),
      tissueId: () => this.#made('tissue') ?? ofOthers(),
      field: () => random.below(8),
      sessionId: () => ABSENT_ID,
      tokenId: () => ABSENT_ID,
      level: () => random.below(9),
      col: () => random.below(2),
      row: () => random.below(2),
      tile: () => random.of(['0_0.jpg', '0_0.jpeg', '1_0.jpg']),
      region: () => random.of(['full', '0,0,20,20']),
      size: () => random.of(['max', '20,']),
      rotation: () => '0',
      format: () => random.of(['default.jpg', 'default.png']),
    };
    return encodeURIComponent(String((values[name] ?? ofOthers)()));
  }

  /** A plan of screening that is for all, or one that the person has made: to screen, or to import. */
  plan(): string {
    const { screeningId } = this.#story;
    const ofOthers = (): string => this.random.of([...this.#pools.othersIds, chosenUuid(9999, 7)]);
    return this.random.chance(0.4) ? screeningId : (this.#made('plan') ?? ofOthers());
  }

  #refs(): readonly string[] {
    return this.#own === this.#pools.reader ? this.#pools.ownRefs : [];
  }

  /** Mostly something of a kind that the server has made for the reader. */
  #made(kind: string): string | undefined {
    const made = this.#refs().filter((ref) => ref.startsWith(`own~${kind}`));
    return made.length > 0 && this.random.chance(0.8) ? this.random.of(made) : undefined;
  }

  /** A signed address of a file: the reader's own, or one put together from parts that belong to different files. */
  link(isPreview: boolean): string {
    const { random } = this;
    const forged = random.of([this.#made('mac') ?? 'zzzzzz', 'zzzzzz']);
    const mac = forged === 'zzzzzz' ? `zzzzzz-${'A'.repeat(43)}` : forged;
    const link = this.#made('link') ?? `media/${mac}/${this.annotation()}/${this.#file()}`;
    return `/${link}${isPreview ? '/preview' : ''}`;
  }

  /** Metadata with which an upload begins. */
  uploadMetadata(): string {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const { imageSetIds, foreign } = this.#story;
    const imageSetId = this.random.of([...imageSetIds, foreign.imageSetId, ABSENT_ID]);
    return `imageSetId ${base64(String(imageSetId))},filename ${base64('a.png')}`;
  }

  /** Lines of a file of annotations, with names of images. */
  line(): object {
    const { uuid, ...draft } = this.draft();
    const image = `image-${this.random.of(this.#story.imageIds)}`;
    const kept = this.random.of([uuid, uuid, this.annotation(), undefined]);
    return { image, ...draft, ...(kept === undefined ? {} : { uuid: kept }) };
  }

  /** How the lines of a file become annotations. */
  mapping(): unknown {
    const { random } = this;
    const { imageIds, templateIds } = this.#story;
    return {
      images: imageIds.map((id) => ({ name: `image-${id}`, imageId: random.of([id, id, this.image(), null]) })),
      labels: templateIds.map((id) => ({ label: `template ${id}`, templateId: id })),
      author: random.chance(0.8) ? { by: 'me' } : { by: 'one', userId: this.#user() },
      target: random.chance(0.8) ? { kind: 'own' } : { kind: 'layer', layerId: this.layer() },
      uuids: random.of(['keep', 'new']),
      repair: false,
      leaveOut: random.chance(0.7),
    };
  }

  /** A finished case of one of the others, to be given back to them. */
  reopening(): unknown {
    const { annotator, verifier } = this.#story.people;
    return {
      phaseId: PHASE,
      taskId: this.random.of(TASKS),
      readerId: this.random.of([annotator, verifier]).userId,
      imageId: this.image(),
      reason: 'Looked at too fast',
    };
  }

  #file(): string {
    const { media } = this.#pools.others;
    const [mine, theirs] = [this.#own.media, media].map((files) =>
      files.length > 0 ? this.random.of(files)[1] : undefined,
    );
    return this.random.of(
      [mine, theirs, this.random.of(this.#pools.shared), this.freshUuid()].filter((id) => id !== undefined),
    );
  }

  /** A text for a filter or a field by its name; nothing where the schema says enough. */
  #named(name: string): unknown {
    const { random } = this;
    const story = this.#story;
    const list = (values: readonly (string | number)[]): string => [...new Set(random.some(values, 3))].join(',');
    const annotations = (): string => list([this.annotation(), this.annotation(), this.annotation()]);
    const byName: Readonly<Record<string, () => unknown>> = {
      templates: () => list(story.templateIds),
      authors: () => list([this.#user(), this.#user()]),
      uuids: annotations,
      layers: () => list(['none', ...story.layerIds]),
      box: () => [random.below(20), random.below(20), 20 + random.below(60), 20 + random.below(60)].join(','),
      createdAfter: () => this.moment(),
      createdBefore: () => this.moment(),
      updatedAfter: () => this.moment(),
      updatedBefore: () => this.moment(),
      text: () => random.of(['cell', 'other', 'new', '%']),
      meta: () => JSON.stringify(random.of([{ k: ['v'] }, { grade: [1, 2] }])),
      cursor: () =>
        random.of([this.annotation(), this.annotation(), String(random.below(100)), '2026-01-01', ...this.#nexts()]),
      after: () => this.annotation(),
      uuid: () => this.annotation(),
      annotationUuid: () => this.annotation(),
      annotationId: () => this.annotation(),
      search: () => random.of(['image', 'Set', 'zzz', 'private']),
      tags: () => random.of(['he', 'ihc']),
      name: () => random.of(['a.wav', 'b.wav', 'Name']),
      v: () => 'v',
      importId: () => this.clientId(this.#own.importIds),
      projectId: () => random.of([story.projectId, story.foreign.projectId]),
      imageId: () => this.image(),
      imageSetId: () => random.of(story.imageSetIds),
      imageIds: () => [this.image()],
      templateId: () => random.of(story.templateIds),
      layerId: () => this.layer(),
      authorId: () => this.#user(),
      userId: () => this.#user(),
      readerId: () => this.#user(),
      mediaIds: () => [this.#file()],
      limit: () => 1 + random.below(4),
      revision: () => 1,
    };
    return byName[name]?.();
  }

  #nexts(): readonly string[] {
    return this.#refs().filter((ref) => ref.startsWith('own~next'));
  }

  moment(): string {
    return this.random.of(['2026-01-01T00:00:00.000Z', ...this.#pools.moments]);
  }

  etag(): string | undefined {
    const { othersEtags } = this.#pools;
    return othersEtags.length > 0 && this.random.chance(0.3) ? this.random.of(othersEtags) : undefined;
  }

  /** A value after a schema. */
  value(schema: Schema, name: string): unknown {
    const { random } = this;
    const either = schema.anyOf ?? schema.oneOf;
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return random.of(schema.enum);
    const known = this.#named(name);
    if (known !== undefined) return known;
    if (either && either.length > 0) return this.value(random.of(either), name);
    switch (schema.type) {
      case 'object':
        return this.object(schema);
      case 'array':
        return Array.from({ length: random.below(3) }, () => this.value(schema.items ?? {}, name));
      case 'integer':
      case 'number':
        return Math.max(schema.minimum ?? 0, Math.min(schema.maximum ?? 9, random.below(5)));
      case 'boolean':
        return random.chance(0.5);
      case 'null':
        return null;
      case 'string':
        return schema.format === 'uuid' ? this.freshUuid() : schema.format === 'date-time' ? this.moment() : 'text';
      default:
        return random.of([{}, 1, 'text']);
    }
  }

  object({ properties = {}, required = [] }: Schema, goal?: string): Record<string, unknown> {
    const given: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties))
      if (required.includes(name) || name === goal || this.random.chance(0.3)) given[name] = this.value(schema, name);
    return given;
  }
}

/** What a contract says of a query or body. */
export function schemaOf(type: AskedOperation['spec']['query']): Schema | undefined {
  if (!type) return undefined;
  try {
    return z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as Schema;
  } catch {
    return {}; // what `zod` cannot write down
  }
}
