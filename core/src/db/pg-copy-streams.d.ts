/** The package ships no types; this is what we use of it. */
declare module 'pg-copy-streams' {
  import type { Readable, Writable } from 'node:stream';
  import type { Submittable } from 'pg';

  /** A `COPY … TO STDOUT` for `client.query`; gives the bytes of the copy. */
  export function to(text: string): Readable & Submittable;

  /** A `COPY … FROM STDIN` for `client.query`; finished when the server has taken all rows. */
  export function from(text: string): Writable & Submittable & { readonly rowCount: number };
}
