import { describe, expect, it } from 'vitest';
import { invalidateBy } from './invalidation.ts';
import type { LiveEvent } from '@exact/sdk/contract';

function staleAfter(event: LiveEvent): unknown[] {
  const stale: unknown[] = [];
  const client = {
    invalidateQueries: async (filter: { queryKey?: readonly unknown[] } = {}) => void stale.push(filter.queryKey),
  };
  invalidateBy(client as Parameters<typeof invalidateBy>[0], event);
  return stale;
}

describe('invalidation by live events', () => {
  it.each<[string, LiveEvent, unknown[]]>([
    ['a switched plugin', { topic: 'project.changed', projectId: 7, what: 'plugins' }, [['project', 7, 'plugins']]],
    ['changed members', { topic: 'project.changed', projectId: 7, what: 'members' }, [['project', 7], ['projects']]],
    [
      'a ready image',
      { topic: 'images.changed', projectId: 7, imageSetId: 3, imageIds: [5] },
      [
        ['image-set', 3],
        ['project', 7, 'image-sets'],
        ['image', 5],
      ],
    ],
    ['a job', { topic: 'jobs.changed', projectId: 7, jobIds: ['j'] }, [['jobs']]],
    ['an event of a plugin', { topic: 'screening:moved', projectId: 7, data: {} }, []],
  ])('loads again what %s has changed', (_, event, expected) => {
    expect(staleAfter(event)).toEqual(expected);
  });
});
