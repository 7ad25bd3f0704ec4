/** How the session cookie is named and marked. */
export interface SessionCookie {
  readonly name: string;
  /** @returns value of `set-cookie`; nothing in it can be read by scripts or sent by a form of another site */
  set(value: string, maxAgeS: number): string;
  clear(): string;
}

/** Under HTTPS the name starts with `__Host-`: browsers then refuse it from sub-domains and over plain HTTP (RFC 6265bis, 4.1.3). */
export function sessionCookie(publicUrl: string | undefined): SessionCookie {
  const isHttps = publicUrl?.startsWith('https:') ?? false;
  const name = isHttps ? '__Host-exact_session' : 'exact_session';
  const marks = `Path=/; HttpOnly; SameSite=Lax${isHttps ? '; Secure' : ''}`;
  return Object.freeze({
    name,
    set: (value: string, maxAgeS: number) => `${name}=${value}; ${marks}; Max-Age=${maxAgeS}`,
    clear: () => `${name}=; ${marks}; Max-Age=0`,
  });
}

/** Finds one cookie without taking the header apart: this runs for every tile. */
export function readCookie(header: string, name: string): string | undefined {
  for (let at = header.indexOf(name); at !== -1; at = header.indexOf(name, at + 1)) {
    const isStart = at === 0 || header[at - 1] === ' ' || header[at - 1] === ';';
    if (!isStart || header[at + name.length] !== '=') continue;
    const from = at + name.length + 1;
    const to = header.indexOf(';', from);
    return header.slice(from, to === -1 ? undefined : to).trim();
  }
  return undefined;
}
