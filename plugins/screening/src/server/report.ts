import {
  activeTime,
  type Coverage as CoverageCounter,
  createCoverage,
  FIELD_STATES,
  type FieldPlan,
  type FieldState,
  statesOf,
  type TissueMask,
} from '@exact/screening';
import type { Coverage, Plan, ReaderCoverage, Report, Shares } from '../shared/model.ts';
import type { ReaderVisit } from './visits.ts';

/** All that a report follows from. */
export interface Evidence {
  readonly plan: Plan;
  readonly fields: FieldPlan;
  readonly mask: TissueMask | undefined;
  /** Of readers who may be reported on, in any order. */
  readonly visits: readonly ReaderVisit[];
  readonly shares: Shares['shares'];
  /** Who is reported on although there may be no visit. */
  readonly readerIds: readonly number[];
}

const MM2_PER_UM2 = 1e-6;

/** States of the fields by reader, and together: the furthest that anybody has got. */
export interface States {
  readonly byReader: ReadonlyMap<number, readonly FieldState[]>;
  readonly together: readonly FieldState[];
}

export function statesByReader({ plan, fields, visits, readerIds }: Evidence): States {
  const count = fields.fields.length;
  const byId = Map.groupBy(visits, ({ readerId }) => readerId);
  const ids = [...new Set([...readerIds, ...byId.keys()])].sort((a, b) => a - b);
  const byReader = new Map(ids.map((id) => [id, statesOf(count, byId.get(id) ?? [], plan)] as const));
  const together = Array.from({ length: count }, (_, index) =>
    [...byReader.values()].reduce<FieldState>((best, states) => further(best, states[index] ?? 'unseen'), 'unseen'),
  );
  return { byReader, together };
}

const further = (a: FieldState, b: FieldState): FieldState =>
  FIELD_STATES.indexOf(a) >= FIELD_STATES.indexOf(b) ? a : b;

/** Computes a report. The same evidence gives the same report. */
export function makeReport(evidence: Evidence, at: Date): Report {
  const { plan, fields, mask, visits, shares } = evidence;
  const counter = createCoverage(fields, { mask, skipped: new Set(plan.skipped) });
  const toMm2 = (area: number | undefined): number | null =>
    area === undefined || plan.mppX === null || plan.mppY === null ? null : area * plan.mppX * plan.mppY * MM2_PER_UM2;
  const { byReader, together } = statesByReader(evidence);
  const byId = Map.groupBy(visits, ({ readerId }) => readerId);
  return {
    plan,
    at: at.toISOString(),
    regionArea: counter.regionArea,
    regionAreaMm2: toMm2(counter.regionArea),
    tissueArea: counter.tissueArea ?? null,
    tissueAreaMm2: toMm2(counter.tissueArea),
    together: toCoverage(counter, together, toMm2),
    readers: [...byReader].map(([readerId, states]): ReaderCoverage => {
      const own = byId.get(readerId) ?? [];
      const share = shares.find(({ userId }) => userId === readerId);
      return {
        ...toCoverage(counter, states, toMm2),
        ...{ readerId, visits: own.length, activeMs: activeTime(own), ...spanOf(own) },
        assigned:
          shares.length === 0
            ? null
            : {
                fields: share?.fields.length ?? 0,
                seen: (share?.fields ?? []).filter((i) => isSeen(states[i])).length,
              },
      };
    }),
  };
}

export const isSeen = (state: FieldState | undefined): boolean => state === 'seen' || state === 'revisited';

function toCoverage(
  counter: CoverageCounter,
  states: readonly FieldState[],
  toMm2: (area: number) => number | null,
): Coverage {
  const { fields, seenArea, tissueSeen, tissueMissed, tissueSkipped, tissueShare } = counter.of(states);
  return {
    ...fields,
    ...{ seenArea, seenAreaMm2: toMm2(seenArea), tissueSeen: tissueSeen ?? null, tissueMissed: tissueMissed ?? null },
    ...{ tissueSkipped: tissueSkipped ?? null, tissueShare: tissueShare ?? null },
  };
}

/** First and last moment of visits. */
export function spanOf(visits: readonly Pick<ReaderVisit, 'enteredAt' | 'leftAt'>[]): {
  firstAt: string | null;
  lastAt: string | null;
} {
  let [first, last] = [Infinity, -Infinity];
  for (const { enteredAt, leftAt } of visits) {
    first = Math.min(first, enteredAt);
    last = Math.max(last, leftAt);
  }
  const text = (time: number): string | null => (Number.isFinite(time) ? new Date(time).toISOString() : null);
  return { firstAt: text(first), lastAt: text(last) };
}
