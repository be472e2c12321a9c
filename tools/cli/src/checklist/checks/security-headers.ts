import { unless, type Check } from '../check.js';
import { endpointsOf, send, wrongOf } from '../endpoints.js';

const YEAR_SECONDS = 31_536_000;

const wanted: Readonly<Record<string, (value: string) => boolean>> = {
  'strict-transport-security': (value) => Number(/max-age=(\d+)/.exec(value)?.[1] ?? 0) >= YEAR_SECONDS,
  'x-content-type-options': (value) => value === 'nosniff',
  'x-frame-options': (value) => value === 'DENY',
  'content-security-policy': (value) => value.includes("frame-ancestors 'none'") && !value.includes("'unsafe-inline'"),
  'referrer-policy': (value) => ['no-referrer', 'strict-origin-when-cross-origin', 'same-origin'].includes(value),
  'cache-control': (value) => value.includes('no-store'),
};

/** On what exists and on what does not: errors are answers too. */
const PATHS = ['/health', '/nothing-here'];

export const securityHeaders: Check = {
  id: 'headers.security',
  title: 'Security headers are present',
  phases: ['pre', 'post', 'rollback'],
  lines: ['A81'],
  todo: 'Let the answers of the service through as they are: a proxy before it may take headers away.',
  run: async (context) => {
    const wrong = await wrongOf(endpointsOf(context.subject), async (_name, url) => {
      for (const path of PATHS) {
        const { headers } = await send(context, `${url}${path}`);
        const missing = Object.keys(wanted).filter((name) => !wanted[name]!(headers[name] ?? ''));
        if (missing.length > 0) return `answers ${path} without a proper ${missing.join(', ')}`;
        if (headers['x-powered-by'] !== undefined) return `tells what it is made with (${headers['x-powered-by']})`;
      }
      return undefined;
    });
    return unless(wrong, `${Object.keys(wanted).join(', ')} on every answer`);
  },
};
