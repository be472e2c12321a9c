import { commaSeparated, setting } from '@cryptoutil/config';

/** The settings of a service that browser applications of other origins may call: from which origins. Default none. */
export const corsSettings = () => ({
  origins: setting({
    variable: 'CRYPTOUTIL_CORS_ORIGINS',
    schema: commaSeparated.refine(
      (origins) => origins.every(isWebOrigin),
      'origins such as https://app.example, separated by commas, are expected (http only of localhost; * is not possible)',
    ),
    default: [],
    description:
      'Web origins whose scripts may call this API and read its answers, separated by commas; none by default',
  }),
});

/** An origin as a browser writes it (RFC 6454 §6.1): https, or http of this machine; no path, no wildcard, not `null`. */
export function isWebOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url?.origin !== text || url.hostname.includes('*')) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname));
}
