import {
  commaSeparated,
  filePath,
  httpsBaseUrl,
  integer,
  port,
  secretFile,
  setting,
  type Setting,
} from '@cryptoutil/config';
import { z } from 'zod';
import { limitSettings } from './limits/limit.settings.js';

/** HS256 wants a key at least as long as its output (RFC 7518 §3.2). */
export const MINIMUM_SECRET_BYTES = 32;

const JWT_SECRET_FILE = 'CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE';

/** What the Auth Service v1.0 listener reads from the environment, all named CRYPTOUTIL_AUTH_SERVICE_…. */
export const gatewaySettings = () => ({
  jwtSecretFile: jwtSecretFile(),
  previousJwtSecretFile: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_PREVIOUS_JWT_SECRET_FILE',
    schema: filePath.optional(),
    // Where `cryptoutil auth-service rotate-secret` puts it.
    defaultFrom: (other) => {
      const current = other(JWT_SECRET_FILE);
      return typeof current === 'string' ? `${current}-previous` : undefined;
    },
    defaultText: '<file of the current one>-previous',
    description:
      'File with the secret before the current one (or the next one, ahead of its use): its tokens stay valid. It may be missing.',
  }),
  listenPort: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT',
    schema: port,
    default: 8443,
    description: 'Port of the Auth Service v1.0 API',
  }),
  publicUrl: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_PUBLIC_URL',
    schema: httpsBaseUrl,
    defaultFrom: (other) => `https://localhost:${String(other('CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT'))}`,
    defaultText: 'https://localhost:<port>',
    description: 'Base URL by which clients reach it; where the redirect listener leads to',
  }),
  redirectPort: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_REDIRECT_PORT',
    schema: port.optional(),
    description: 'Port of a plain HTTP listener that only redirects to HTTPS; none when absent',
  }),
  audience: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_AUDIENCE',
    schema: z.string().min(1).max(255),
    default: 'auth-server',
    description: 'Audience of its tokens',
  }),
  corsOrigins: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_CORS_ORIGINS',
    schema: commaSeparated.refine((origins) => origins.every(isOrigin), 'origins such as https://app.example expected'),
    default: [],
    description: 'Web origins that may read its answers, separated by commas',
  }),
  ...limitSettings(),
  maxInFlight: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_MAX_IN_FLIGHT',
    schema: integer({ min: 1, max: 100_000 }),
    default: 5_000,
    description: 'Requests that may wait for an answer in a process; further ones are answered 503 at once',
  }),
  workers: setting({
    variable: 'CRYPTOUTIL_AUTH_SERVICE_WORKERS',
    schema: integer({ min: 1, max: 64 }),
    default: 1,
    description:
      'Processes that serve this API. With 1 it is the authz process itself; with more, further processes share the port, one for each core given to it',
  }),
});

/** The path, not the secret: the file is read again while the service runs. It is looked into once, so that a bad one stops the start. */
function jwtSecretFile(): Setting<string | undefined> {
  const secret = secretFile({
    variable: JWT_SECRET_FILE,
    minBytes: MINIMUM_SECRET_BYTES,
    optional: true,
    description: 'Key that signs the tokens of the Auth Service v1.0 API (HS256); without it that API is not served',
  });
  return {
    ...secret,
    read(context) {
      const reading = secret.read(context);
      return 'problem' in reading ? reading : { value: context.text };
    },
  };
}

const isOrigin = (text: string): boolean => URL.parse(text)?.origin === text;
