import { chosenUuid, type Story } from './stories.ts';

/** A state of an annotation, as the person who draws has it in mind. */
export interface Drawn {
  readonly imageId: number;
  readonly templateId: number;
  readonly revision: number;
  readonly isDeleted: boolean;
}

/** What somebody has made so far and can name. */
export interface Works {
  readonly annotations: Map<string, Drawn>;
  /** Files by annotation and UUID. */
  readonly media: (readonly [annotation: string, file: string])[];
  readonly changeIds: string[];
  readonly importIds: string[];
  /** Ids of uploads that have begun. */
  readonly uploads: string[];
}
export const createWorks = (): Works => ({
  annotations: new Map(),
  media: [],
  changeIds: [],
  importIds: [],
  uploads: [],
});

/** What can be named in a story: the reader's own, that of others (who are there in one world only), and what nobody has. */
export interface Pools {
  readonly reader: Works;
  readonly others: Works;
  /** Ids that the server made for others in world B. */
  readonly othersIds: string[];
  /** Validators of answers to others. */
  readonly othersEtags: string[];
  /** Moments between the reader's steps. */
  readonly moments: string[];
  /** Places of events of others, and moments as places; none within a step of the reader. */
  readonly places: string[];
  /** Names for what the server made for the reader: each world has its own value. */
  readonly ownRefs: string[];
  /** Ids that everybody in the story takes from, so that two people use the same one. */
  readonly shared: readonly string[];
}

export function createPools({ projectId }: Story): Pools {
  return {
    reader: createWorks(),
    others: createWorks(),
    othersIds: [],
    othersEtags: [],
    moments: [],
    places: [],
    ownRefs: [],
    shared: Array.from({ length: 6 }, (_, n) => chosenUuid(projectId / 20, 5000 + n, 'aaaaaaaa')),
  };
}
