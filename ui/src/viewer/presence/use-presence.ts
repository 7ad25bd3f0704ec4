import { computed } from 'vue';
import { api } from '../../app/api.ts';
import { usePeople } from '../../annotate/panels/use-people.ts';
import { notify } from '../../app/notices.ts';
import { report } from '../../app/problems.ts';
import { useSession } from '../../auth/session.ts';
import { translate } from '../../i18n/index.ts';
import { useWorkbench } from '../workbench/index.ts';
import { colourOfPerson, type PersonHere } from './presence-state.ts';

export interface ShownPerson extends PersonHere {
  readonly name: string;
  readonly colour: string;
  readonly isFollowed: boolean;
}

/** The others on the open image, by name. */
export function useOthersHere() {
  const { presence, image } = useWorkbench();
  const nameOf = usePeople(() => image.value.projectId);
  const people = computed<readonly ShownPerson[]>(() =>
    presence.people.value
      .map((person) => ({
        ...person,
        name: nameOf(person.userId),
        colour: colourOfPerson(person.userId),
        isFollowed: presence.followed.value === person.id,
      }))
      .sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1)),
  );
  return { people, followed: computed(() => people.value.find(({ isFollowed }) => isFollowed)) };
}

/** Whether this person does not want to be seen by the others; kept in the account. */
export const isInvisible = (): boolean => useSession().me?.preferences['presence'] === 'hidden';

export async function toggleInvisible(): Promise<void> {
  const session = useSession();
  const next = isInvisible() ? null : 'hidden';
  try {
    session.enter(await api.auth.updateMe({ body: { preferences: { presence: next } } }));
    notify(translate(next ? 'viewer.presence.nowHidden' : 'viewer.presence.nowShown'));
  } catch (error) {
    report(error);
  }
}
