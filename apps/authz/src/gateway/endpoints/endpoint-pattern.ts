/**
 * Whether a URL falls under a registered pattern: `*` stands for one whole path segment, `**` as the last one for any rest of at
 * least one segment. Everything else is compared as it is. URLs whose path a server behind may read differently (dot segments,
 * encoded separators, empty segments) fall under no pattern. Takes time linear in the length of the URL.
 */
export function matchesPattern(pattern: readonly string[], url: readonly string[]): boolean {
  const open = pattern.at(-1) === '**';
  if (open ? url.length < pattern.length : url.length !== pattern.length) return false;
  return pattern.every((segment, index) => segment === '**' || segment === '*' || segment === url[index]);
}

/** Scheme and authority, then each segment of the path; undefined for a URL that no pattern can be trusted with. */
export function urlSegments(url: string): string[] | undefined {
  const [, origin, path] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#\\\s]+)\/([^?#]*)$/i.exec(url) ?? [];
  if (origin === undefined || path === undefined) return undefined;
  if (/[\\\s]|%2e|%2f|%5c|%00/i.test(path)) return undefined;
  const segments = path.split('/');
  if (
    segments.some(
      (segment, index) => segment === '.' || segment === '..' || (segment === '' && index < segments.length - 1),
    )
  )
    return undefined;
  return [origin, ...segments];
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
