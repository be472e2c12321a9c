import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a form post comes from a page of this service as far as the browser tells: `Sec-Fetch-Site` where it is sent, else `Origin`.
 * Clients that send neither are no browsers; they still need the form token.
 */
export const comesFromOwnPage = (headers: IncomingHttpHeaders, ownOrigin: string): boolean => {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const origin = headers.origin;
  // Browsers say `null` on a same-origin post when the page's referrer policy hides the origin; Sec-Fetch-Site then decides.
  if (origin === 'null') return site === 'same-origin';
  return origin === undefined || origin === ownOrigin;
};
