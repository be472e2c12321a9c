/**
 * Whether a URL falls under a registered pattern: `*` stands for one whole path segment, `**` as the last one for any rest of at
 * least one segment. Everything else is compared as it is. Takes time linear in the length of the URL.
 */
export function matchesPattern(pattern: readonly string[], url: readonly string[]): boolean {
  const open = pattern.at(-1) === '**';
  if (open ? url.length < pattern.length : url.length !== pattern.length) return false;
  return pattern.every((segment, index) => segment === '**' || segment === '*' || segment === url[index]);
}

/** Of RFC 3986 §2.3: servers take `%61` for `a`, so nobody has a reason to write it but to look like another path. */
const UNRESERVED = '%(?:2[de]|3[0-9]|4[1-9a-f]|5[0-9a]|5f|6[1-9a-f]|7[0-9a]|7e)';
/** Separators, path parameters, control characters and what is encoded twice, each however it is written. */
const AMBIGUOUS = new RegExp(`[\\\\\\s;]|%2f|%5c|%3b|%[01][0-9a-f]|%7f|%25[0-9a-f]{2}|${UNRESERVED}`, 'i');

/**
 * Scheme and authority, then each segment of the path; undefined for a URL that no pattern can be trusted with, because a server behind
 * may read its path differently: dot segments, empty segments, path parameters (`;`), needless or doubled encoding.
 */
export function urlSegments(url: string): string[] | undefined {
  const [, origin, path] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#\\\s]+)\/([^?#]*)$/i.exec(url) ?? [];
  if (origin === undefined || path === undefined || AMBIGUOUS.test(path)) return undefined;
  const segments = path.split('/');
  if (
    segments.some(
      (segment, index) => segment === '.' || segment === '..' || (segment === '' && index < segments.length - 1),
    )
  )
    return undefined;
  return [origin, ...segments];
}

/** What is left of a path when a server behind decodes it, and ignores its case and a slash at its end, as many do. */
export function foldedSegments(segments: readonly string[]): string[] {
  const named = segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  return named.map((segment) => decoded(segment).toLowerCase());
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Whether a text can be registered as a pattern: wildcards are whole segments of the path, `**` only the last one. */
export function isPattern(text: string): boolean {
  const segments = urlSegments(text);
  if (!segments || segments[0]!.includes('*')) return false;
  return segments.every(
    (segment, index) =>
      !segment.includes('*') || segment === '*' || (segment === '**' && index === segments.length - 1),
  );
}
