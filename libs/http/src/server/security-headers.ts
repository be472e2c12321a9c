import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';

const YEAR_SECONDS = 31_536_000;

const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  },
  strictTransportSecurity: { maxAge: YEAR_SECONDS, includeSubDomains: true },
  referrerPolicy: { policy: 'no-referrer' },
  frameguard: { action: 'deny' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  // Sign-in windows opened by single-page applications (Swagger UI is one) talk to their opener; frames are refused anyway.
  crossOriginOpenerPolicy: false,
});

/** What helmet sets is the same for every answer: it is asked once, not on each request. */
export const fixedHeaders: readonly (readonly [name: string, value: string])[] = (() => {
  const collected: [string, string][] = [];
  const response = {
    setHeader: (name: string, value: string) => collected.push([name, value]),
    removeHeader: () => undefined,
  };
  headers({} as Request, response as never, () => undefined);
  return [
    ...collected,
    ['Cache-Control', 'no-store'],
    ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ];
})();

/** For answers that nothing is embedded in: no content of any kind, no framing, no referrer, no caching, HTTPS for a year. Pages replace the CSP. */
export function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  for (const [name, value] of fixedHeaders) response.setHeader(name, value);
  next();
}
