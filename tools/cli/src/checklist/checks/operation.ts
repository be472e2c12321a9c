import { confirm, failed, passed, unless, type CheckGroup } from '../check.js';
import { logChecks } from './log-checks.js';
import { healthUrls, send } from '../endpoints.js';
import { figuresOf as requestFigures } from '../../deploy/request-figures.js';

const CPU_LIMIT = 0.7;
const MEMORY_SHARE = 0.9;
/** Without a limit of its own, what compose.yml and the manifests give a service. */
const MEMORY_BYTES = 512 * 1024 * 1024;
const ROLLBACK_WINDOW_MS = 3 * 60_000;
const ROLLBACK_ERROR_RATE = 0.05;
const ENOUGH_REQUESTS = 20;

/** What the processes use, and what their logs say. Last, because the logs then hold what this run has done. */
export const operation: CheckGroup = {
  title: 'Resources and logs',
  atOnce: 4,
  checks: [
    {
      id: 'resources.cpu',
      title: 'CPU usage is below 70 % on average',
      phases: ['post', 'weekly', 'monthly'],
      lines: ['S180', 'S308', 'A268', 'A271'],
      todo: 'Look at performance and load; add replicas before users notice.',
      run: async ({ subject }) => {
        const usage = await subject.usage();
        if (usage.length === 0) return confirm('this platform does not tell: look at its dashboard');
        const average = usage.reduce((sum, { cpu }) => sum + cpu, 0) / usage.length;
        const text = usage.map(({ id, cpu }) => `${id} ${Math.round(cpu * 100)} %`).join(', ');
        return average < CPU_LIMIT ? passed(text) : failed(`${Math.round(average * 100)} % on average: ${text}`);
      },
    },
    {
      id: 'resources.memory',
      title: 'Memory usage is stable and within its limit',
      phases: ['post', 'weekly', 'monthly'],
      lines: ['A74', 'A172', 'A269', 'S181', 'S309'],
      todo: 'A process that grows from record to record leaks: take a heap snapshot in staging, restart it meanwhile.',
      run: async ({ subject }) => {
        const services = (await subject.usage()).filter(({ id }) => !id.startsWith('postgres'));
        if (services.length === 0) return confirm('this platform does not tell: look at its dashboard');
        const wrong = services
          .filter(({ memoryBytes, limitBytes = MEMORY_BYTES }) => memoryBytes > limitBytes * MEMORY_SHARE)
          .map(({ id, memoryBytes }) => `${id} uses ${megabytes(memoryBytes)}`);
        return unless(wrong, services.map(({ id, memoryBytes }) => `${id} ${megabytes(memoryBytes)}`).join(', '));
      },
    },
    ...logChecks,
    {
      id: 'rollback.triggers',
      title: 'No trigger for a rollback holds',
      phases: ['post'],
      lines: ['S222', 'S223', 'A258', 'A264'],
      todo: 'Go back now: cryptoutil deploy rollback, or kubectl rollout undo.',
      run: async (context) => {
        const { requests } = await context.logs();
        const last = requests.at(-1)?.atMs ?? Date.now();
        const recent = requestFigures(requests.filter(({ atMs }) => atMs > last - ROLLBACK_WINDOW_MS));
        const rate = recent.requests === 0 ? 0 : recent.errors / recent.requests;
        const answers = await Promise.all(
          healthUrls(context.subject).map(async ([name, url]) => ({ name, ...(await send(context, url)) })),
        );
        const wrong = answers.filter(({ status }) => status !== 200).map(({ name }) => `health of ${name} fails`);
        if (recent.requests >= ENOUGH_REQUESTS && rate > ROLLBACK_ERROR_RATE) {
          wrong.push(`${(rate * 100).toFixed(1)} % of the last ${recent.requests} requests failed`);
        }
        return unless(wrong, `healthy; ${recent.errors} errors in the last ${recent.requests} requests`);
      },
    },
  ],
};

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;
