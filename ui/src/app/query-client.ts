import { OfflineError, ProblemError } from '@exact/sdk/contract';
import { QueryClient } from '@tanstack/vue-query';

/** Refusals are final; a cut line or a server that restarts is worth another try. */
function shouldRetry(failures: number, error: unknown): boolean {
  if (error instanceof OfflineError) return failures < 5;
  return error instanceof ProblemError && error.status >= 502 && failures < 3;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000, // the live channel says earlier when something has changed
      retry: shouldRetry,
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 8000),
      networkMode: 'always', // an own server in the lab answers although the browser thinks it is offline
    },
    mutations: { networkMode: 'always' },
  },
});
