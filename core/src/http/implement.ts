import type { Contract, EndpointSpec, ProjectRole, ResultOf } from '@exact/sdk/contract';
import type { EndpointRequest } from '@exact/sdk/server';

/** What the path of a request names, resolved through the caller's own rights before the handler runs. */
export interface Grant {
  readonly teamId?: number;
  readonly isTeamAdmin?: boolean;
  readonly projectId?: number;
  readonly role?: ProjectRole;
  readonly layerId?: number;
  readonly imageSetId?: number;
  readonly imageId?: number;
  /** Internal id of the annotation that the UUID in the path names. */
  readonly annotationId?: number;
}

/** A request as handlers of core get it: as plugins do, plus what only core may touch. */
export type CoreRequest<E> = EndpointRequest<E> & {
  readonly grant: Grant;
  /** Address of the client, behind a trusted proxy the forwarded one; for rate limits. */
  readonly ip: string;
  /** Adds a header to the answer (cookies among them; may be called more than once for `set-cookie`). */
  setHeader(name: string, value: string): void;
  /** Id of the session that made the request, when it was one. */
  readonly sessionId: number | undefined;
};

export type CoreHandlers<C extends Contract> = {
  readonly [K in keyof C]: (request: CoreRequest<C[K]>) => Promise<ResultOf<C[K]>>;
};

export interface Operation {
  readonly name: string;
  readonly spec: EndpointSpec;
  readonly handle: (request: CoreRequest<EndpointSpec>) => Promise<unknown>;
}

/** Ties a contract to its handlers; the dispatcher mounts the result. */
export function implement<C extends Contract>(contract: C, handlers: CoreHandlers<C>): readonly Operation[] {
  return Object.entries(contract).map(([name, spec]) => ({
    name,
    spec,
    handle: handlers[name as keyof C] as unknown as Operation['handle'],
  }));
}
