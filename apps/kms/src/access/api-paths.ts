/** Where the API stands for programs, and where for scripts of web pages; below the prefix both are the same. */
const prefixes = { service: '/service/api/v1', browser: '/browser/api/v1' } as const;

/** Paths of a route, or of a controller, under every prefix of the API. */
export const apiPaths = (path: string): string[] =>
  Object.values(prefixes).map((prefix) => (path === '' ? prefix : `${prefix}/${path}`));

/** Path of a route that only scripts of web pages need. */
export const browserPath = (path: string): string => `${prefixes.browser}/${path}`;

/** Whether a route, by its pattern, is one for scripts of web pages. Not by the path of a request: routes match that without regard to case. */
export const isBrowserRoute = (pattern: unknown): boolean =>
  typeof pattern === 'string' && pattern.startsWith(`${prefixes.browser}/`);
