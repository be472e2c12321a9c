import { setTimeout as delay } from 'node:timers/promises';
import type { Agent } from 'undici';
import { confirm, failed, passed, type Check } from '../check.js';
import type { CheckContext } from '../context.js';
import { connectTo } from '../subject/connect.js';

const CONCURRENT = 50;
const HUNG_MS = 10_000;
/** What the checklist wants: 100 requests a second for 5 minutes. */
const WANTED_SECONDS = 300;
const WANTED_RPS = 100;
const MAXIMUM_ERRORS = 0.001;
const GROWTH_BYTES = 100_000_000;

/** How a number of requests went. */
interface Outcome {
  readonly requests: number;
  readonly errors: number;
  readonly limited: number;
  readonly slowestMs: number;
}

/** Load, light and heavy. */
export const load: readonly Check[] = [
  {
    id: 'load.concurrent',
    title: '50 concurrent requests, less than 1 % errors',
    phases: ['post'],
    lines: ['A158', 'A159', 'A160', 'A161'],
    todo: 'Look at the log for the first 5xx, at CPU and at database connections.',
    run: async (context) => {
      const one = await requestOf(context);
      const outcomes = await withConnections(context, CONCURRENT, (agent) =>
        Promise.all(Array.from({ length: CONCURRENT }, () => one(agent))),
      );
      const { errors, slowestMs, limited } = summed(outcomes);
      const text = `${errors} errors of ${CONCURRENT} at once, slowest ${Math.round(slowestMs)} ms${limited > 0 ? `, ${limited} limited` : ''}`;
      return errors / CONCURRENT < 0.01 ? passed(text) : failed(text);
    },
  },
  {
    id: 'load.sustained',
    title: '100 requests a second for 5 minutes: less than 0.1 % errors, none hung, memory stable',
    phases: ['pre'],
    lines: ['A72', 'A73', 'A74', 'A75'],
    timeoutMs: 900_000,
    todo: 'Find the first error in the logs; watch memory and connections while it runs.',
    run: sustained,
  },
];

async function sustained(context: CheckContext) {
  const { loadSeconds, loadRps } = context.options;
  const before = await memoryOf(context);
  const one = await requestOf(context);
  const running: Promise<Outcome>[] = [];
  await withConnections(context, CONCURRENT, async (agent) => {
    const begun = performance.now();
    for (let sent = 0; sent < loadSeconds * loadRps; sent += 1) {
      const ahead = (sent / loadRps) * 1000 - (performance.now() - begun);
      if (ahead > 0) await delay(ahead);
      running.push(one(agent));
    }
    await Promise.all(running);
  });
  const { requests, errors, slowestMs, limited } = summed(await Promise.all(running));
  const grown = [...(await memoryOf(context))].flatMap(([id, bytes]) =>
    bytes - (before.get(id) ?? bytes) > GROWTH_BYTES * Math.max(1, loadSeconds / 60) ? [id] : [],
  );
  const text = `${requests} requests at ${loadRps}/s for ${loadSeconds} s: ${errors} errors, ${limited} limited, slowest ${Math.round(slowestMs)} ms`;
  if (requests === 0) return confirm('no load was asked for: --load-seconds 300');
  if (errors / requests >= MAXIMUM_ERRORS) return failed(text);
  if (slowestMs >= HUNG_MS) return failed(`${text}; requests hung`);
  if (grown.length > 0) return failed(`${text}; the memory of ${grown.join(', ')} grew`);
  return loadSeconds >= WANTED_SECONDS && loadRps >= WANTED_RPS
    ? passed(text)
    : confirm(`${text}. The checklist wants ${WANTED_RPS}/s for ${WANTED_SECONDS} s: --load-seconds ${WANTED_SECONDS}`);
}

async function memoryOf({ subject }: CheckContext): Promise<Map<string, number>> {
  const usage = await subject.usage().catch(() => []);
  return new Map(usage.map(({ id, memoryBytes }) => [id, memoryBytes]));
}

/** Reads a resource with a token, which authz, rs and their databases have a part in. */
async function requestOf(context: CheckContext): Promise<(agent: Agent) => Promise<Outcome>> {
  const { subject } = context;
  const token = await (await context.probe()).serviceToken();
  return async (agent) => {
    const begun = performance.now();
    const outcome = (status: number): Outcome => ({
      ...{ requests: 1, errors: status >= 200 && status < 500 ? 0 : 1, limited: status === 429 ? 1 : 0 },
      slowestMs: performance.now() - begun,
    });
    try {
      const { statusCode, body } = await agent.request({
        ...{ origin: subject.urls.rs, path: '/api/v1/protected/resource', method: 'GET' },
        headers: { authorization: `Bearer ${token}` },
      });
      await body.dump();
      return outcome(statusCode);
    } catch {
      return outcome(0);
    }
  };
}

async function withConnections<T>(
  context: CheckContext,
  connections: number,
  work: (agent: Agent) => Promise<T>,
): Promise<T> {
  const agent = connectTo(context.subject, undefined, connections);
  try {
    return await work(agent);
  } finally {
    await agent.destroy();
  }
}

function summed(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce(
    (sum, each) => ({
      requests: sum.requests + each.requests,
      errors: sum.errors + each.errors,
      limited: sum.limited + each.limited,
      slowestMs: Math.max(sum.slowestMs, each.slowestMs),
    }),
    { requests: 0, errors: 0, limited: 0, slowestMs: 0 },
  );
}
