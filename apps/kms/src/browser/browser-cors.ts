import type { ServiceOptions } from '@cryptoutil/http';

/** Header that carries the CSRF token. */
export const CSRF_HEADER = 'X-CSRF-Token';

/** Lets scripts of these origins call the routes for web pages, with their cookie and the CSRF token; nothing else is open to them. */
export const browserCors = (origins: readonly string[]): NonNullable<ServiceOptions['cors']> => ({
  origins,
  paths: ['/browser/'],
  credentials: true,
  requestHeaders: [CSRF_HEADER],
});
