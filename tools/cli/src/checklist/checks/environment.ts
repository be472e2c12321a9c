import { createServer } from 'node:net';
import { confirm, failed, notApplicable, passed, running, unless, type Check, type CheckGroup } from '../check.js';
import type { CheckContext } from '../context.js';
import { endpointsOf, send } from '../endpoints.js';

const CLOCK_MS = 5_000;

/** The platform, ports and clocks. */
export const environment: CheckGroup = {
  title: 'Environment',
  atOnce: 4,
  checks: [
    {
      id: 'platform.operational',
      title: 'The platform is operational and can be reached',
      phases: ['pre', 'deploy'],
      lines: ['S24'],
      beforeFirstStart: true,
      todo: 'Start the engine, or point DOCKER_HOST or KUBECONFIG at the right one.',
      run: async ({ subject }) => passed(await subject.platform()),
    },
    {
      id: 'ports.available',
      title: 'The required ports are free, or held by the suite itself',
      phases: ['pre'],
      lines: ['S25'],
      beforeFirstStart: true,
      todo: 'Stop the program that holds the port, or choose another port.',
      run: portsAvailable,
    },
    {
      id: 'processes.healthy',
      title: 'Every process runs and is healthy',
      phases: ['deploy', 'post', 'rollback', 'weekly'],
      lines: [
        'A125',
        'A126',
        'A217',
        'A255',
        'S76',
        'S93',
        'S94',
        'S95',
        'S96',
        'S99',
        'S104',
        'S106',
        'S110',
        'S113',
        'S117',
        'S238',
        'S241',
        'S254',
        'S257',
        'S263',
        'S296',
      ],
      todo: 'Look at its last log lines and at docs/operations/health-check-troubleshooting.md; go back when it does not come up.',
      run: async (context) => {
        const processes = await context.processes();
        const wrong = processes
          .filter((each) => !each.running || !['running', 'healthy'].includes(each.state))
          .map(({ id, state }) => `${id} is ${state}`);
        const missing = endpointsOf(context.subject)
          .map(([name]) => name)
          .filter((name) => name !== 'auth-service' && !processes.some(({ service }) => service === name))
          .map((name) => `${name} has no process`);
        return unless([...wrong, ...missing], processes.map(({ id, state }) => `${id} ${state}`).join(', '));
      },
    },
    {
      id: 'clock.services',
      title: 'Clocks of services and this host agree within 5 s',
      phases: [...running, 'weekly'],
      lines: [],
      todo: 'Synchronise the clocks (chrony, systemd-timesyncd): tokens are refused by a clock that is off.',
      run: clocks,
    },
    {
      id: 'clock.database',
      title: 'Clocks of database and this host agree within 5 s',
      phases: [...running, 'weekly'],
      lines: [],
      todo: 'Synchronise the clock of the database server.',
      run: async ({ subject }) => {
        const before = Date.now();
        const [row] = await subject.query('authz', 'SELECT extract(epoch FROM clock_timestamp()) AS now');
        const off = Number(row?.now) * 1000 - (before + Date.now()) / 2;
        return Math.abs(off) <= CLOCK_MS
          ? passed(`${Math.round(off)} ms apart`)
          : failed(`the database is ${seconds(off)} of this host`);
      },
    },
    oldVersionGone(),
  ],
};

const seconds = (ms: number): string => `${Math.abs(Math.round(ms / 1000))} s ${ms > 0 ? 'ahead' : 'behind'}`;

async function clocks(context: CheckContext) {
  const wrong: string[] = [];
  const found: string[] = [];
  for (const [name, url] of endpointsOf(context.subject)) {
    const before = Date.now();
    const { headers } = await send(context, `${url}/health`);
    if (headers.date === undefined) continue;
    // The header has whole seconds: the middle of that second is the best guess.
    const off = Date.parse(headers.date) + 500 - (before + Date.now()) / 2;
    found.push(`${name} ${Math.round(off / 100) / 10} s`);
    if (Math.abs(off) > CLOCK_MS + 500) wrong.push(`${name} is ${seconds(off)} of this host`);
  }
  if (found.length === 0) return confirm('no answer tells the time: compare the clocks by hand');
  return unless(wrong, found.join(', '));
}

async function portsAvailable(context: CheckContext) {
  if (context.subject.target === 'kubernetes')
    return notApplicable('Services of the cluster have addresses of their own');
  const wrong: string[] = [];
  const found: string[] = [];
  for (const [name, url] of endpointsOf(context.subject)) {
    const port = Number(new URL(url).port);
    if (await isFree(port, context.subject.connectTo ?? '127.0.0.1')) {
      found.push(`${name} ${port} free`);
      continue;
    }
    const path = name === 'kms' ? '/admin/v1/livez' : '/health';
    const own = await send(context, `${url}${path}`).catch(() => undefined);
    if (own && /"(?:service|status)":"(?:auth-service|live|ok|unavailable)"/.test(own.text))
      found.push(`${name} ${port} held by the suite`);
    else wrong.push(`port ${port} of ${name} is taken by another program`);
  }
  return unless(wrong, found.join(', '));
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((settle) => {
    server.once('error', () => settle(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => settle(true)));
  });
}

function oldVersionGone(): Check {
  return {
    id: 'deploy.stopped',
    title: 'The old version has ended: nothing of it is left running',
    phases: ['deploy'],
    lines: ['A108', 'A110', 'A208'],
    todo: 'End what is left with "cryptoutil deploy status" and the platform\'s own stop; SIGKILL only after 30 s.',
    run: async (context) => {
      const processes = await context.processes();
      const ending = processes.filter(({ state }) => /terminating|stopping|removing/i.test(state));
      return unless(
        ending.map(({ id }) => `${id} is still ending`),
        `${processes.length} processes, none of them ending`,
      );
    },
  };
}
