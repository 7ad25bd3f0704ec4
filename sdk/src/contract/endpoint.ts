/* eslint-disable @typescript-eslint/no-explicit-any -- types are inferred through parts that differ from endpoint to endpoint */
import type { z } from 'zod';
import type { ErrorClass } from './define-error.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Where a permission is looked up. The id comes from the path parameter `<in>Id` (`imageId` for `image`), and the platform
 * resolves it through the caller's own projects before the handler runs: what one may not see is 404, not 403.
 *
 * - `instance`: permissions of administrators · `self`: any signed-in person, for their own things
 * - `team`, `project`, `layer`, `imageSet`, `image`, `annotation`: the role in the project (or team) that the thing belongs to
 */
export type AccessScope = 'instance' | 'self' | 'team' | 'project' | 'layer' | 'imageSet' | 'image' | 'annotation';

/** What one has to be allowed to call an endpoint, or why anybody may. */
export type Access = { readonly permission: string; readonly in: AccessScope } | { readonly public: string };

/** Marks an answer that is not JSON; the handler returns a {@link RawReply}. */
export interface RawResponse {
  readonly raw: readonly string[];
}

type Schema = z.ZodType;

export interface EndpointSpec<
  P extends Schema | undefined = Schema | undefined,
  Q extends Schema | undefined = Schema | undefined,
  B extends Schema | undefined = Schema | undefined,
  R extends Schema | RawResponse | undefined = Schema | RawResponse | undefined,
> {
  readonly method: Method;
  /** Relative to the mount point, with `:name` parameters: `/images/:imageId/annotations`. */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Media types of a body that is not JSON; the handler reads `request.stream()`. */
  readonly rawBody?: readonly string[];
  /** Absent for 204. */
  readonly response?: R;
  /** Status of success: 200, or 204 without a response, unless set. */
  readonly status?: 200 | 201 | 202 | 204;
  readonly errors?: readonly ErrorClass<never>[] | readonly ErrorClass<any>[]; // any: each error has data of its own
  /** Largest JSON body in bytes (default 1 MiB). */
  readonly bodyLimit?: number;
}

/** Declares one endpoint; server handler, client call and API document all follow from it. */
export function endpoint<
  const P extends Schema | undefined = undefined,
  const Q extends Schema | undefined = undefined,
  const B extends Schema | undefined = undefined,
  const R extends Schema | RawResponse | undefined = undefined,
>(spec: EndpointSpec<P, Q, B, R>): EndpointSpec<P, Q, B, R> {
  return Object.freeze(spec);
}

/** A named group of endpoints, for example `annotations`. Keys are the operation names. */
export type Contract = Readonly<Record<string, EndpointSpec<any, any, any, any>>>; // any: the parts differ per endpoint

export function contract<const C extends Contract>(endpoints: C): C {
  return Object.freeze(endpoints);
}

export const raw = (...mediaTypes: string[]): RawResponse => ({ raw: mediaTypes });

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
type Input<S> = S extends z.ZodType ? z.input<S> : undefined;

export type ParamsOf<E> = E extends EndpointSpec<infer P, any, any, any> ? Output<P> : never;
export type QueryOf<E> = E extends EndpointSpec<any, infer Q, any, any> ? Output<Q> : never;
export type BodyOf<E> = E extends EndpointSpec<any, any, infer B, any> ? Output<B> : never;
/** What a handler returns. */
export type ResultOf<E> =
  E extends EndpointSpec<any, any, any, infer R>
    ? R extends RawResponse
      ? RawReply
      : R extends z.ZodType
        ? z.input<R>
        : void
    : never;
/** What a client gets. */
export type ReplyOf<E> =
  E extends EndpointSpec<any, any, any, infer R>
    ? R extends RawResponse
      ? Response
      : R extends z.ZodType
        ? z.output<R>
        : undefined
    : never;
export type ClientInput<E> =
  E extends EndpointSpec<infer P, infer Q, infer B, any>
    ? (P extends z.ZodType ? { params: Input<P> } : unknown) &
        (Q extends z.ZodType ? { query?: Input<Q> } : unknown) &
        (B extends z.ZodType ? { body: Input<B> } : unknown)
    : never;

/** An answer that is not JSON. */
export interface RawReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | NodeJS.ReadableStream;
}
