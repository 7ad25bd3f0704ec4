import { defineError } from '@exact/sdk/contract';
import type { Token } from '@exact/sdk/server';

export const TokenMissingError = defineError<{ token: string; plugin: string; known: readonly string[] }>({
  code: 'TOKEN_MISSING',
  status: 500,
  message: (d) =>
    `Plugin "${d.plugin}" asks for "${d.token}", which nobody provides. Name its plugin in "requires". Provided: ${d.known.join(', ') || 'nothing'}.`,
});

export const TokenTakenError = defineError<{ token: string; by: string }>({
  code: 'TOKEN_TAKEN',
  status: 500,
  message: (d) => `"${d.token}" is already provided by "${d.by}".`,
});

/** Services that plugins offer to each other. */
export interface TokenRegistry {
  provide<T>(plugin: string, token: Token<T>, service: T): () => void;
  find<T>(token: Token<T>): T | undefined;
  require<T>(plugin: string, token: Token<T>): T;
}

export function createTokenRegistry(): TokenRegistry {
  const services = new Map<string, { readonly plugin: string; readonly service: unknown }>();
  return {
    provide(plugin, token, service) {
      const taken = services.get(token.id);
      if (taken) throw new TokenTakenError({ token: token.id, by: taken.plugin });
      services.set(token.id, { plugin, service });
      return () => services.delete(token.id);
    },
    find: <T>(token: Token<T>) => services.get(token.id)?.service as T | undefined,
    require<T>(plugin: string, token: Token<T>) {
      const entry = services.get(token.id);
      if (!entry) throw new TokenMissingError({ token: token.id, plugin, known: [...services.keys()] });
      return entry.service as T;
    },
  };
}
