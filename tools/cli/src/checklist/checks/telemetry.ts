import { request } from 'undici';
import { confirm, failed, notApplicable, passed, type Check, type CheckGroup } from '../check.js';
import type { CheckContext } from '../context.js';

const WITHIN_MS = 5_000;
const HEALTH_PORT = 13133;

/** The collector, and what it fills. */
export const telemetry: CheckGroup = {
  title: 'Telemetry and alerts',
  atOnce: 4,
  checks: [
    {
      id: 'telemetry.collector',
      title: 'The OTLP collector is receiving telemetry',
      phases: ['pre', 'post', 'weekly'],
      lines: ['S167', 'S33'],
      todo: 'Start the collector (profile telemetry of compose.yml); its health is at :13133.',
      run: async (context) => {
        const endpoint = await collectorHealth(context);
        if (endpoint === undefined) return notApplicable('no process sends telemetry (OTEL_EXPORTER_OTLP_ENDPOINT)');
        const { status, text } = await plainGet(endpoint);
        return status === 200
          ? passed(`${endpoint} 200`)
          : failed(`${endpoint} answers ${status} ${text.slice(0, 100)}`);
      },
    },
    grafana({
      id: 'telemetry.grafana',
      title: 'Grafana shows dashboards',
      lines: ['A52', 'A53', 'A54', 'A55', 'A56', 'S168', 'S326', 'S327', 'S328', 'S302', 'S303', 'S304'],
      path: '/api/search?type=dash-db',
      has: (found) => Array.isArray(found) && found.length > 0,
      todo: 'Start Grafana and provision the dashboards of deployments/.',
    }),
    grafana({
      id: 'telemetry.logs',
      title: 'Logs flow to Loki',
      lines: ['S169'],
      path: '/api/datasources/proxy/uid/loki/loki/api/v1/labels',
      has: (found) => ((found as { data?: unknown[] }).data ?? []).length > 0,
      todo: 'Look at the pipeline "logs" of the collector and at its exporter.',
    }),
    grafana({
      id: 'telemetry.traces',
      title: 'Traces are available in Tempo',
      lines: ['S170'],
      path: '/api/datasources/proxy/uid/tempo/api/search?limit=1',
      has: (found) => ((found as { traces?: unknown[] }).traces ?? []).length > 0,
      todo: 'Look at the pipeline "traces" of the collector and at its exporter.',
    }),
    {
      id: 'alerts.rules',
      title: 'Alerts are configured: errors, latency, connections, down, rate limits, certificates',
      phases: ['pre', 'quarterly'],
      lines: ['A14', 'A39', 'A51', 'A59', 'A60', 'A61', 'A62', 'A65', 'A66', 'A67', 'A68'],
      todo: 'Install deployments/kubernetes/monitoring, or the same rules in your Prometheus; let one of them fire once.',
      run: ({ subject }) =>
        subject.target === 'dev'
          ? notApplicable('nobody is on call for the demo')
          : confirm('which rules are loaded, and when did one of them last reach the person on call?'),
    },
  ],
};

function grafana(
  item: Pick<Check, 'id' | 'title' | 'lines' | 'todo'> & { path: string; has: (found: unknown) => boolean },
): Check {
  const { path, has, ...check } = item;
  return {
    ...check,
    phases: ['post', 'weekly'],
    run: async (context) => {
      const url = await grafanaUrl(context);
      if (url === undefined) return notApplicable('no process sends telemetry (OTEL_EXPORTER_OTLP_ENDPOINT)');
      const { status, text } = await plainGet(`${url}${path}`);
      if (status === 401 || status === 403) return confirm(`${url} wants a person to sign in: look there yourself`);
      if (status !== 200) return failed(`${url}${path} answers ${status}`);
      return has(JSON.parse(text)) ? passed(`${url}${path}`) : failed(`${url}${path} shows nothing`);
    },
  };
}

async function otlpEndpoint(context: CheckContext): Promise<string | undefined> {
  const endpoints = (await context.alive()).map(({ environment }) => environment.OTEL_EXPORTER_OTLP_ENDPOINT);
  return endpoints.find((endpoint) => endpoint !== undefined && endpoint !== '');
}

/** Where the collector tells its health: as named, else beside where telemetry goes, published on this host by Compose. */
async function collectorHealth(context: CheckContext): Promise<string | undefined> {
  if (context.options.collectorUrl !== undefined) return context.options.collectorUrl;
  const endpoint = await otlpEndpoint(context);
  if (endpoint === undefined) return undefined;
  if (context.subject.target !== 'dev') return `http://127.0.0.1:${HEALTH_PORT}/`;
  return `http://${new URL(endpoint).hostname}:${HEALTH_PORT}/`;
}

async function grafanaUrl(context: CheckContext): Promise<string | undefined> {
  if (context.options.grafanaUrl !== undefined) return context.options.grafanaUrl.replace(/\/$/, '');
  return (await otlpEndpoint(context)) === undefined ? undefined : 'http://127.0.0.1:3000';
}

async function plainGet(url: string): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await request(url, { headersTimeout: WITHIN_MS, bodyTimeout: WITHIN_MS });
  return { status: statusCode, text: await body.text() };
}
