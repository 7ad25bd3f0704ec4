import { toggleInvisible } from '../presence/use-presence.ts';
import type { CommandSource } from './command-source.ts';

/** The others on the image. */
export const presenceCommands: CommandSource = (bench, t) => {
  const group = t('viewer.keys.others');
  const { people, followed, isHidden } = bench.presence;
  return [
    {
      id: 'viewer:follow-next',
      title: t('viewer.presence.followNext'),
      group,
      when: () => people.value.length > 0,
      needs: t('viewer.presence.nobody'),
      run: () => {
        const ids = people.value.map(({ id }) => id);
        const next = ids[(ids.indexOf(followed.value ?? '') + 1) % ids.length];
        if (next !== undefined) bench.presence.follow(next);
      },
    },
    {
      id: 'viewer:stop-following',
      title: t('viewer.presence.stop'),
      group,
      when: () => followed.value !== undefined,
      needs: t('viewer.presence.notFollowing'),
      run: () => bench.presence.stop(),
    },
    {
      id: 'viewer:toggle-invisible',
      title: t(isHidden.value ? 'viewer.presence.show' : 'viewer.presence.hide'),
      group,
      run: () => toggleInvisible(),
    },
  ];
};
