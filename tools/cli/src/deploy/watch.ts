import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Colour } from './colours.js';
import type { Deployment } from './deployment.js';
import { colouredServices } from './docker-compose.js';
import type { RequestFigures } from './request-figures.js';
import { baselineFrom, LOOK_EVERY_MS, WatchedRequests, type Baseline, type WatchRules } from './watched-requests.js';

const BASELINE = '5m';

/** How the requests of a colour went in the last five minutes. */
export const baselineOf = async ({ compose }: Deployment, colour: Colour): Promise<Baseline> =>
  baselineFrom(await compose.run('logs', '--no-log-prefix', '--since', BASELINE, ...colouredServices(colour)));

/** Follows the new colour for a time. Resolves to the reason to go back as soon as there is one, else to undefined. */
export async function watchColour(
  deployment: Deployment,
  colour: Colour,
  { note, ...rules }: WatchRules & { note: (line: string) => void },
): Promise<string | undefined> {
  const { forMs, everyMs = LOOK_EVERY_MS } = rules;
  const requests = new WatchedRequests(rules);
  const follower = deployment.compose.start([
    ...['logs', '--no-log-prefix', '--follow', '--since', new Date().toISOString()],
    ...colouredServices(colour),
  ]);
  createInterface({ input: follower.stdout }).on('line', (line) => requests.read(line));
  follower.on('error', () => undefined);
  follower.stderr.resume();
  try {
    const begun = performance.now();
    let failingSince: number | undefined;
    while (performance.now() - begun < forMs) {
      await delay(everyMs);
      const now = performance.now();
      failingSince = (await isHealthy(deployment, colour)) ? undefined : (failingSince ?? now - everyMs);
      const reason = requests.reasonToGo(failingSince === undefined ? 0 : now - failingSince);
      if (reason !== undefined) return reason;
    }
    note(`  ${describe(requests.figures())} in the last minute`);
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
