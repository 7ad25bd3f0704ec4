import type { Project, ProjectPlugin } from '@exact/sdk/contract';
import type { UiSlot } from '@exact/sdk/manifest';
import { useQuery } from '@tanstack/vue-query';
import { computed, inject, provide, type ComputedRef, type InjectionKey, type Ref } from 'vue';
import { api } from '../app/api.ts';
import { useWatchedProjects } from '../app/live-client.ts';
import { keys } from '../app/query-keys.ts';
import { usePluginCommands } from './commands.ts';
import { contributionsTo, type Contribution } from './panels.ts';

/** The project that a page is about, for the slots on it. */
export interface ProjectScope {
  readonly projectId: Readonly<Ref<number | undefined>>;
  readonly imageSetId: Readonly<Ref<number | undefined>>;
  readonly permissions: Readonly<Ref<readonly string[]>>;
  readonly plugins: Readonly<Ref<readonly ProjectPlugin[]>>;
  readonly isLoading: Readonly<Ref<boolean>>;
}

const SCOPE_KEY: InjectionKey<ProjectScope> = Symbol('project scope');

/**
 * Makes a page belong to a project: its live events arrive, its plugins' slots, commands and keys work, and follow every
 * switch at once.
 */
export function provideProject(
  project: Readonly<Ref<Project | undefined>>,
  imageSetId?: Readonly<Ref<number | undefined>>,
): ProjectScope {
  const projectId = computed(() => project.value?.id);
  useWatchedProjects(() => [projectId.value]);
  const query = useQuery({
    queryKey: computed(() => keys.plugins(projectId.value ?? 0)),
    queryFn: ({ signal }) => api.plugins.ofProject({ params: { projectId: projectId.value ?? 0 } }, signal),
    enabled: computed(() => projectId.value !== undefined),
  });
  const scope: ProjectScope = {
    projectId,
    imageSetId: imageSetId ?? computed(() => undefined),
    permissions: computed(() => project.value?.permissions ?? []),
    plugins: computed(() => query.data.value ?? []),
    isLoading: query.isLoading,
  };
  provide(SCOPE_KEY, scope);
  usePluginCommands(scope.plugins);
  return scope;
}

/** Stands in for a project where there is none (administration). */
export function provideInstancePlugins(plugins: Readonly<Ref<readonly ProjectPlugin[]>>): void {
  const none = computed(() => undefined);
  provide(SCOPE_KEY, {
    projectId: none,
    imageSetId: none,
    permissions: computed(() => []),
    plugins,
    isLoading: computed(() => false),
  });
}

export function useProjectScope(): ProjectScope {
  const scope = inject(SCOPE_KEY);
  if (!scope) throw new Error('A slot stands outside of a page that called provideProject().');
  return scope;
}

/** What plugins have in a slot of the present project. */
export function useContributions(
  slot: () => UiSlot,
  scope: ProjectScope = useProjectScope(),
): ComputedRef<Contribution[]> {
  return computed(() => contributionsTo(slot(), scope.plugins.value));
}
