import { MEDIA_TYPES, type MediaType } from '@exact/sdk/contract';

const MAX_CHARACTERS = 150;
/** Endings of what is never taken, beside those of other media: a name that promises such a file lies. */
const OTHER_ENDINGS =
  /^(svgz?|x?html?|xml|pdf|m?js|css|json|txt|csv|exe|dll|com|bat|cmd|sh|ps1|zip|gz|7z|rar|gif|bmp|tiff?|svs|ndpi|avif|heic|mov|avi|mkv|wma|wmv|docx?|xlsx?|pptx?)$/;

/**
 * A file's name as text: no folders, no control characters, none that turn the direction of reading (`gpj.exe` must not look like
 * `exe.jpg`), no invisible ones, at most 150 characters; the ending is kept.
 */
export function cleanMediaName(name: string): string {
  const last = name.toWellFormed().split(/[\\/]/).at(-1) ?? '';
  const visible = last.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{fffd}]/gu, '').trim();
  const ending = /\.[A-Za-z0-9]{1,8}$/.exec(visible)?.[0] ?? '';
  const stem = [...visible.slice(0, visible.length - ending.length)].slice(0, MAX_CHARACTERS - ending.length).join('');
  return `${stem.replace(/^\.+/, '').trim() || 'unnamed'}${ending}`;
}

/** The ending of a name in small letters, where it has one. */
export const endingOf = (name: string): string | undefined => /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase();

/** @returns the ending that promises another kind of file than it is */
export function findLyingEnding(name: string, mediaType: MediaType): string | undefined {
  const ending = endingOf(name);
  if (ending === undefined || hasEnding(mediaType, ending)) return undefined;
  const isKnown =
    OTHER_ENDINGS.test(ending) || Object.keys(MEDIA_TYPES).some((other) => hasEnding(other as MediaType, ending));
  return isKnown ? ending : undefined;
}

/** The name with an ending that belongs to its type, so that a saved copy opens as what it is. */
export function withEnding(name: string, mediaType: MediaType): string {
  const ending = endingOf(name);
  return ending !== undefined && hasEnding(mediaType, ending) ? name : `${name}.${MEDIA_TYPES[mediaType].endings[0]}`;
}

const hasEnding = (mediaType: MediaType, ending: string): boolean =>
  (MEDIA_TYPES[mediaType].endings as readonly string[]).includes(ending);

/** `content-disposition` of a file that is shown in place (RFC 6266, RFC 8187). */
export function inlineAs(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\%;]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `inline; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
