import type { Me } from '@exact/sdk/contract';
import { ProblemError } from '@exact/sdk/contract';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { api } from '../app/api.ts';
import { live } from '../app/live-client.ts';
import { queryClient } from '../app/query-client.ts';

/** Who is signed in in this browser. */
export const useSession = defineStore('session', () => {
  const me = ref<Me>();
  const isKnown = ref(false);
  let asking: Promise<void> | undefined;

  function enter(person: Me): void {
    me.value = person;
    isKnown.value = true;
    live.start();
  }

  function leave(): void {
    me.value = undefined;
    isKnown.value = true;
    live.stop();
    queryClient.clear(); // the next person must not see what this one has read
  }

  /** Asks the server once; without an answer the error goes to the caller, and the next call asks again. */
  function ensureKnown(): Promise<void> {
    if (isKnown.value) return Promise.resolve();
    asking ??= api.auth
      .me()
      .then(enter, (error: unknown) => {
        if (!(error instanceof ProblemError && error.status === 401)) throw error;
        leave();
      })
      .finally(() => (asking = undefined));
    return asking;
  }

  return {
    me,
    isAdmin: computed(() => me.value?.isAdmin === true),
    enter,
    leave,
    ensureKnown,
    async signIn(username: string, password: string): Promise<void> {
      enter(await api.auth.signIn({ body: { username, password } }));
    },
    async signOut(): Promise<void> {
      await api.auth.signOut();
      leave();
    },
  };
});
