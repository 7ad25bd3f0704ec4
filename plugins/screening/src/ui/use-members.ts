import { projectsContract, type Member } from '@exact/sdk/contract';
import { createClient, usePlace } from '@exact/sdk/ui';
import { computed, shallowRef, type Ref } from 'vue';

/** People of the project, and their names; ids stand for those who are gone. */
export function useMembers(): {
  readonly members: Readonly<Ref<readonly Member[]>>;
  readonly nameOf: (userId: number) => string;
} {
  const place = usePlace();
  const members = shallowRef<readonly Member[]>([]);
  if (place.permissions.includes('members:read'))
    void createClient(projectsContract, { baseUrl: '/api/v2' })
      .members({ params: { projectId: place.projectId } })
      .then((all) => (members.value = all), place.report);
  const names = computed(() => new Map(members.value.map(({ person }) => [person.id, person.displayName])));
  return { members, nameOf: (userId) => names.value.get(userId) ?? `#${userId}` };
}
