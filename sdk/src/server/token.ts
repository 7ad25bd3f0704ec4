/** Names a service that one plugin offers to others; the type travels with it. */
export interface Token<T> {
  readonly id: string;
  /** Carries the type; never set. */
  readonly type?: T;
}

/** Makes the token of a service. `id` is `<plugin>:<name>`; the plugin before the colon is the only one that may provide it. */
export function createToken<T>(id: `${string}:${string}`): Token<T> {
  return Object.freeze({ id });
}
