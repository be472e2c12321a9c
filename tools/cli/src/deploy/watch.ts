import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Colour } from './colours.js';
import type { Deployment } from './deployment.js';
import { colouredServices } from './docker-compose.js';
import { figuresOf, parseRequestLine, type LoggedRequest, type RequestFigures } from './request-figures.js';
import { rollbackReason, type Triggers } from './rollback-triggers.js';

const LOOK_EVERY_MS = 1_000;
/** Rates are those of this time: long enough to mean something, short enough to see a change. */
const WINDOW_MS = 60_000;
const BASELINE = '5m';

/** How the requests of a colour went in the last five minutes. */
export async function baselineOf({ compose }: Deployment, colour: Colour): Promise<RequestFigures> {
  const log = await compose.run('logs', '--no-log-prefix', '--since', BASELINE, ...colouredServices(colour));
  return figuresOf(log.split('\n').flatMap((line) => parseRequestLine(line) ?? []));
}

/** Follows the new colour for a time. Resolves to the reason to go back as soon as there is one, else to undefined. */
export async function watchColour(
  deployment: Deployment,
  colour: Colour,
  {
    forMs,
    triggers,
    baseline,
    note,
  }: { forMs: number; triggers: Triggers; baseline: RequestFigures; note: (line: string) => void },
): Promise<string | undefined> {
  let requests: LoggedRequest[] = [];
  const follower = deployment.compose.start([
    ...['logs', '--no-log-prefix', '--follow', '--since', new Date().toISOString()],
    ...colouredServices(colour),
  ]);
  createInterface({ input: follower.stdout }).on('line', (line) => {
    const request = parseRequestLine(line);
    if (request) requests.push(request);
  });
  follower.on('error', () => undefined);
  follower.stderr.resume();
  try {
    const begun = performance.now();
    let failingSince: number | undefined;
    while (performance.now() - begun < forMs) {
      await delay(LOOK_EVERY_MS);
      const now = performance.now();
      failingSince = (await isHealthy(deployment, colour)) ? undefined : (failingSince ?? now - LOOK_EVERY_MS);
      requests = requests.filter(({ atMs }) => atMs >= Date.now() - WINDOW_MS);
      const unhealthyMs = failingSince === undefined ? 0 : now - failingSince;
      const reason = rollbackReason({ unhealthyMs, recent: figuresOf(requests), baseline }, triggers);
      if (reason !== undefined) return reason;
    }
    note(`  ${describe(figuresOf(requests))} in the last minute`);
    return undefined;
  } finally {
    follower.kill();
  }
}

/** Whether HAProxy finds every service of the colour healthy. It asks each second. */
async function isHealthy({ haproxy }: Deployment, colour: Colour): Promise<boolean> {
  try {
    const backends = await haproxy.backends();
    return backends.every((backend) => backend.colour !== colour || backend.ready > 0);
  } catch {
    return false;
  }
}

/** Figures in a few words. */
export const describe = ({ requests, errors, p95Ms }: RequestFigures): string =>
  `${requests} requests, ${errors} server errors${p95Ms === undefined ? '' : `, p95 ${p95Ms.toFixed(1)} ms`}`;
