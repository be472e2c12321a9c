import * as client from 'openid-client';
import { confirm, failed, notApplicable, passed, running, unless, type CheckGroup } from '../check.js';
import type { CheckContext } from '../context.js';
import { healthUrls, send } from '../endpoints.js';
import { load } from './load.js';
import type { Probe } from '../probe/probe.js';
import { SAMPLES, settledMedian } from './settled-median.js';
import { degradations, limitsAfter, NO_LIMITS, type Figures } from './trend.js';

const BARS = { health: 100, authorize: 500, token: 1000 } as const;

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
          const ms = await settledMedian(BARS.health, async () => (await send(context, url)).ms);
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
        const ms = await settledMedian(BARS.authorize, () => timedAuthorize(context));
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
        const ms = await settledMedian(BARS.token, () => timedToken(context, probe));
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
        const before = context.earlier.flatMap(({ figures: { healthMs, authorizeMs, tokenMs } }) =>
          healthMs !== undefined && authorizeMs !== undefined && tokenMs !== undefined
            ? [{ healthMs, authorizeMs, tokenMs }]
            : [],
        );
        if (before.length === 0) return notApplicable('there is no earlier record to compare with');
        const wrong = degradations(before, await figuresOf(context, limitsAfter(before)));
        return unless(wrong, `compared with ${before.length} earlier records`);
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

/** The figures that a record keeps, so that later ones can be compared. What is not below its limit is measured again. */
export async function figuresOf(context: CheckContext, limits: Figures = NO_LIMITS): Promise<Figures> {
  const probe = await context.probe();
  const [, url] = healthUrls(context.subject)[0]!;
  return {
    healthMs: await settledMedian(limits.healthMs, async () => (await send(context, url)).ms),
    authorizeMs: await settledMedian(limits.authorizeMs, () => timedAuthorize(context)),
    tokenMs: await settledMedian(limits.tokenMs, () => timedToken(context, probe)),
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

async function timedToken({ subject }: CheckContext, probe: Probe): Promise<number> {
  const begun = performance.now();
  await probe.token(subject.identifiers.rs, 'read:resource');
  return performance.now() - begun;
}
