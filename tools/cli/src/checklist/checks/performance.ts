import * as client from 'openid-client';
import { confirm, failed, notApplicable, passed, running, unless, type CheckGroup } from '../check.js';
import type { CheckContext } from '../context.js';
import { healthUrls, send } from '../endpoints.js';
import { load } from './load.js';

const SAMPLES = 5;
const BARS = { health: 100, authorize: 500, token: 1000 } as const;
/** Performance that is this much worse than before is a reason to go back. */
const DEGRADATION = 1.5;
/** Differences below this are noise, whatever the percentage. */
const NOTICEABLE_MS = 50;

/** How long answers take, one after the other so that nothing disturbs them. */
export const performanceGroup: CheckGroup = {
  title: 'Performance',
  atOnce: 1,
  checks: [
    {
      id: 'performance.health',
      title: 'Health endpoints respond within 100 ms',
      phases: [...running, 'monthly'],
      lines: ['S175'],
      todo: 'Is the machine short of CPU? Is a dependency slow (the answer names it)?',
      run: async (context) => {
        const found: string[] = [];
        const wrong: string[] = [];
        for (const [name, url] of healthUrls(context.subject)) {
          const ms = await medianOf(async () => (await send(context, url)).ms);
          found.push(`${name} ${Math.round(ms)} ms`);
          if (ms >= BARS.health) wrong.push(`${name} takes ${Math.round(ms)} ms`);
        }
        return unless(wrong, `medians of ${SAMPLES}: ${found.join(', ')}`);
      },
    },
    {
      id: 'performance.authorize',
      title: 'Authorization endpoints respond within 500 ms',
      phases: [...running, 'monthly'],
      lines: ['S176'],
      todo: 'Look at CPU, database connections and slow queries of authz.',
      run: async (context) => {
        const ms = await medianOf(() => timedAuthorize(context));
        return bar('authorize', ms);
      },
    },
    {
      id: 'performance.token',
      title: 'Token generation responds within 1000 ms',
      phases: [...running, 'monthly'],
      lines: ['S177', 'A156', 'A161'],
      todo: 'Look at authz and at kms, which signs.',
      run: async (context) => {
        const probe = await context.probe();
        const ms = await medianOf(async () => {
          const begun = performance.now();
          await probe.token(context.subject.identifiers.rs, 'read:resource');
          return performance.now() - begun;
        });
        return bar('token', ms);
      },
    },
    {
      id: 'performance.trend',
      title: 'Nothing is half as slow again as before',
      phases: ['post', 'monthly', 'quarterly'],
      lines: ['A196', 'A240', 'S224'],
      todo: 'Go back when it came with the deployment (cryptoutil deploy rollback); else look at resources first.',
      run: async (context) => {
        const before = context.earlier.map(({ figures }) => figures).filter(({ tokenMs }) => tokenMs !== undefined);
        if (before.length === 0) return notApplicable('there is no earlier record to compare with');
        const now = await figuresOf(context);
        const wrong = (Object.keys(now) as (keyof typeof now)[]).flatMap((name) => {
          const usual = median(before.flatMap((figures) => figures[name] ?? []));
          const ms = now[name];
          return ms > usual * DEGRADATION && ms - usual > NOTICEABLE_MS
            ? [`${name.replace('Ms', '')} took ${Math.round(usual)} ms and takes ${Math.round(ms)} ms`]
            : [];
        });
        return wrong.length > 0 ? failed(wrong.join('; ')) : passed(`compared with ${before.length} earlier records`);
      },
    },
    ...load,
    {
      id: 'performance.review',
      title: 'Performance is reviewed',
      phases: ['quarterly'],
      lines: ['A245'],
      todo: 'Name who looks at the trend of the records and at docs/performance.md.',
      run: ({ earlier }) => confirm(`${earlier.length} earlier records hold figures: who has reviewed them?`),
    },
  ],
};

/** The figures that a record keeps, so that later ones can be compared. */
export async function figuresOf(
  context: CheckContext,
): Promise<{ healthMs: number; authorizeMs: number; tokenMs: number }> {
  const probe = await context.probe();
  const [, url] = healthUrls(context.subject)[0]!;
  return {
    healthMs: await medianOf(async () => (await send(context, url)).ms),
    authorizeMs: await medianOf(() => timedAuthorize(context)),
    tokenMs: await medianOf(async () => {
      const begun = performance.now();
      await probe.token(context.subject.identifiers.rs, 'read:resource');
      return performance.now() - begun;
    }),
  };
}

function bar(name: 'authorize' | 'token', ms: number) {
  const text = `median of ${SAMPLES}: ${Math.round(ms)} ms`;
  return ms < BARS[name] ? passed(text) : failed(`${text}, less than ${BARS[name]} ms is wanted`);
}

async function timedAuthorize(context: CheckContext): Promise<number> {
  const { flow } = await context.probe();
  const url = client.buildAuthorizationUrl(flow.as('confidential'), {
    redirect_uri: flow.redirectUri,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
    state: client.randomState(),
  });
  const { status, ms } = await send(context, url.href);
  if (status < 300 || status > 399) throw new Error(`the authorization endpoint answers ${status}`);
  return ms;
}

async function medianOf(measure: () => Promise<number>): Promise<number> {
  const found: number[] = [];
  for (let turn = 0; turn < SAMPLES; turn += 1) found.push(await measure());
  return median(found);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
