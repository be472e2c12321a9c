import { failed, passed, running, unless, type CheckGroup } from '../check.js';
import { endpointsOf, healthUrls, send, wrongOf } from '../endpoints.js';
import { serviceNames } from '../../services/services.js';
import { securityHeaders } from './security-headers.js';

/** Paths of tools that must not be reached on a production port. */
const DEBUG_PATHS = ['/debug/pprof/', '/debug/vars', '/actuator', '/.env', '/.git/config'];

/** What every service says about itself, and what it must not offer. */
export const services: CheckGroup = {
  title: 'Services',
  atOnce: 4,
  checks: [
    {
      id: 'services.health',
      title: 'Health endpoints answer 200',
      phases: [...running, 'deploy', 'weekly'],
      lines: ['A65', 'A130', 'A220', 'S120', 'S125', 'S128', 'S131', 'S134', 'S157', 'S263', 'S297'],
      todo: 'The answer names what is missing (database, kms); heal that first. See docs/operations.',
      run: async (context) => {
        const wrong = await wrongOf(healthUrls(context.subject), async (_name, url) => {
          const { status, text } = await send(context, url);
          return status === 200 ? undefined : `answers ${status} ${text.slice(0, 200)}`;
        });
        return unless(
          wrong,
          healthUrls(context.subject)
            .map(([name]) => name)
            .join(', '),
        );
      },
    },
    {
      id: 'services.live',
      title: 'The key service is live',
      phases: ['deploy', 'post', 'rollback'],
      lines: ['S124'],
      todo: 'The process does not answer at all: look at its log and start it again.',
      run: async (context) => {
        const { status, text } = await send(context, `${context.subject.urls.kms}/admin/v1/livez`);
        return status === 200 ? passed('livez 200') : failed(`livez ${status} ${text.slice(0, 200)}`);
      },
    },
    {
      id: 'debug.endpoints',
      title: 'Debug endpoints are not there: /debug/pprof/ and its like answer 404',
      phases: ['pre', 'post', 'monthly'],
      lines: ['A23', 'A24'],
      todo: 'Deploy a production build, and take the route out of the proxy.',
      run: async (context) => {
        const wrong = await wrongOf(endpointsOf(context.subject), async (_name, url) => {
          for (const path of DEBUG_PATHS) {
            const { status } = await send(context, `${url}${path}`);
            if (status !== 404) return `answers ${status} to ${path}`;
          }
          return undefined;
        });
        return unless(wrong, `${DEBUG_PATHS.join(', ')} answer 404 everywhere`);
      },
    },
    {
      id: 'debug.inspector',
      title: 'No process can be debugged: no inspector, no development mode',
      phases: ['pre', 'post'],
      lines: ['A25'],
      todo: 'Start it without --inspect, and without NODE_OPTIONS or NODE_ENV=development.',
      run: async (context) => {
        const processes = await context.alive();
        const wrong = processes.flatMap(({ id, command, environment: env }) => {
          const words = [...command, env.NODE_OPTIONS ?? ''].join(' ');
          if (/--inspect|--heapsnapshot-signal|--prof\b/.test(words))
            return [`${id} can be debugged: ${/--\S+/.exec(words)?.[0]}`];
          return env.NODE_ENV === 'development' ? [`${id} runs with NODE_ENV=development`] : [];
        });
        return unless(wrong, `${processes.length} processes without an inspector`);
      },
    },
    securityHeaders,
    {
      id: 'swagger.documents',
      title: 'OpenAPI documents are served and are valid JSON',
      phases: ['post', 'rollback'],
      lines: ['S161', 'S163', 'S268'],
      todo: 'The service serves another build than meant, or something before it answers in its place.',
      run: async (context) => {
        const found: string[] = [];
        const wrong = await wrongOf(
          serviceNames.map((name) => [name, context.subject.urls[name]]),
          async (name, url) => {
            const { status, text } = await send(context, `${url}/ui/swagger/doc.json`);
            if (status !== 200) return `answers ${status}`;
            const paths = pathsOf(text);
            if (paths === undefined) return 'serves no OpenAPI 3 document';
            found.push(`${name} ${paths} paths`);
            return undefined;
          },
        );
        return unless(wrong, found.join(', '));
      },
    },
    {
      id: 'metrics.available',
      title: 'Metrics are available for Prometheus, and show the traffic',
      phases: [...running, 'deploy'],
      lines: ['A50', 'A132', 'A153', 'A155'],
      todo: 'GET /metrics of the Auth Service must reach the service itself.',
      run: async (context) => {
        const { status, headers, text } = await send(context, `${context.subject.urls.authService}/metrics`);
        if (status !== 200) return failed(`/metrics answers ${status}`);
        if (!headers['content-type']?.startsWith('text/plain')) return failed(`it is ${headers['content-type']}`);
        const families = text.split('\n').filter((line) => line.startsWith('# TYPE')).length;
        return /http_requests_total/.test(text)
          ? passed(`${families} metrics`)
          : failed(`${families} metrics, but not http_requests_total`);
      },
    },
  ],
};

function pathsOf(text: string): number | undefined {
  try {
    const { openapi, paths } = JSON.parse(text) as { openapi?: string; paths?: object };
    return openapi?.startsWith('3.') && paths ? Object.keys(paths).length : undefined;
  } catch {
    return undefined;
  }
}
