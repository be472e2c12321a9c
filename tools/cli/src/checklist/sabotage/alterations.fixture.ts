import type { Passing } from './front.fixture.js';

/** A sabotage of a service's answers: in words, the item that must name it, before which address, and what is done. */
type Alteration = readonly [string, string, 'rs' | 'authService', (passing: Passing) => unknown];

const status = (passing: Passing, code: number) => (passing.answer.status = code);

/** What something before a service may do to its answers. */
export const alterations: readonly Alteration[] = [
  [
    'a missing security header',
    'headers.security',
    'rs',
    ({ answer }) => delete answer.headers['x-content-type-options'],
  ],
  [
    'CORS for everybody',
    'cors.foreign-origin',
    'rs',
    ({ answer }) => (answer.headers['access-control-allow-origin'] = '*'),
  ],
  [
    'an open debug endpoint',
    'debug.endpoints',
    'rs',
    (passing) => passing.path.startsWith('/debug/pprof') && status(passing, 200),
  ],
  [
    'an OpenAPI document that is cut off',
    'swagger.documents',
    'rs',
    ({ path, answer }) => path.endsWith('doc.json') && (answer.body = answer.body.subarray(0, 100)),
  ],
  [
    'a clock that is 2 minutes ahead',
    'clock.services',
    'rs',
    ({ answer }) => (answer.headers.date = new Date(Date.now() + 120_000).toUTCString()),
  ],
  [
    'forged tokens let through',
    'refusal.invalid-token',
    'rs',
    (passing) => passing.headers.authorization && passing.answer.status === 401 && status(passing, 200),
  ],
  [
    'scopes that nobody looks at',
    'refusal.scope',
    'rs',
    (passing) => passing.answer.status === 403 && status(passing, 201),
  ],
  [
    'resources for everybody',
    'refusal.unauthorized',
    'rs',
    (passing) => !passing.headers.authorization && passing.answer.status === 401 && status(passing, 200),
  ],
  [
    '500 for malformed JSON',
    'refusal.malformed-json',
    'rs',
    (passing) => passing.answer.status === 400 && status(passing, 500),
  ],
  [
    'one in ten requests failing',
    'load.concurrent',
    'rs',
    (passing) =>
      passing.headers.authorization && passing.answer.status === 200 && Math.random() < 0.5 && status(passing, 502),
  ],
  [
    'a slow health route',
    'performance.health',
    'rs',
    ({ path }) => (path === '/health' ? new Promise((settle) => setTimeout(settle, 110)) : undefined),
  ],
  ['an unhealthy answer', 'services.health', 'rs', (passing) => passing.path === '/health' && status(passing, 503)],
  [
    'metrics that are gone',
    'metrics.available',
    'authService',
    (passing) => passing.path === '/metrics' && status(passing, 404),
  ],
  [
    'rate limits that are off',
    'limits.headers',
    'authService',
    ({ answer }) => delete answer.headers['ratelimit-limit'],
  ],
  [
    'revocation that does nothing',
    'auth-service.revocation',
    'authService',
    (passing) => passing.path.endsWith('/validate') && status(passing, 200),
  ],
];
