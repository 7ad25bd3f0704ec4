import type { Job } from '@exact/sdk/contract';
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, onScopeDispose } from 'vue';
import { api } from '../app/api.ts';
import { live, useWatchedProjects } from '../app/live-client.ts';
import { keys } from '../app/query-keys.ts';

type Page = { items: Job[]; next?: string | undefined };

export const isActive = (job: Job): boolean => job.state === 'waiting' || job.state === 'running';

/** Jobs of the own projects, newest first; progress is followed live, also after a reload. */
export function useJobs() {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: keys.jobs,
    queryFn: ({ signal }) => api.jobs.list({ query: { limit: 50 } }, signal),
    // the live channel tells sooner; this finds jobs of projects that are not watched
    refetchInterval: (q) => (q.state.data?.items.some(isActive) ? 5000 : 60_000),
  });
  const jobs = computed(() => query.data.value?.items ?? []);
  const active = computed(() => jobs.value.filter(isActive));
  useWatchedProjects(() => active.value.map((job) => job.projectId ?? undefined));

  const stop = live.onProgress(({ id, progress, step }) => {
    client.setQueryData<Page>(
      keys.jobs,
      (page) =>
        page && {
          ...page,
          items: page.items.map((job) => (job.id === id ? { ...job, progress, step, state: 'running' } : job)),
        },
    );
  });
  onScopeDispose(stop);

  return {
    query,
    jobs,
    active,
    async cancel(job: Job): Promise<void> {
      await api.jobs.cancel({ params: { projectId: job.projectId ?? 0, jobId: job.id } });
      await client.invalidateQueries({ queryKey: keys.jobs });
    },
  };
}
