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

/** For answers that nothing is embedded in: no content of any kind, no framing, no referrer, no caching, HTTPS for a year. Pages replace the CSP. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  headers(request, response, (error?: unknown) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
    next(error);
  });
}
