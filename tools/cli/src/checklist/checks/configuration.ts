import { statSync } from 'node:fs';
import { confirm, failed, notApplicable, passed, unless, type CheckGroup } from '../check.js';
import type { CheckContext } from '../context.js';
import { settingsFingerprint } from '../record/configuration.js';
import { corsOrigins, rateLimits } from './access-settings.js';
import { versions } from './versions.js';

const PRODUCTION_LEVELS = ['info', 'warn'];
const LARGEST_LOG_BYTES = 50_000_000;

/** How the services are set. */
export const configuration: CheckGroup = {
  title: 'Configuration',
  atOnce: 4,
  checks: [
    {
      id: 'configuration.reviewed',
      title: 'Configuration is reviewed and approved',
      phases: ['pre'],
      lines: ['S31'],
      todo: 'Let somebody else read what changed.',
      run: async (context) => {
        const settings = await context.subject.configuration();
        const last = context.earlier.find(({ configuration }) => Object.keys(configuration).length > 0);
        const fingerprint = settingsFingerprint(settings);
        if (last && settingsFingerprint(last.configuration) === fingerprint) {
          return passed(`the same as in the record of ${last.at} (${fingerprint.slice(0, 12)})`);
        }
        return confirm(
          `${Object.keys(settings).length} settings (${fingerprint.slice(0, 12)}): who has approved them?`,
        );
      },
    },
    {
      id: 'configuration.saved',
      title: 'The configuration that runs now is saved, to go back to it',
      phases: ['pre', 'deploy'],
      lines: ['A97', 'S55', 'S86', 'S87', 'S235'],
      todo: 'The settings of every process must be readable; run this as the user who deploys.',
      run: async ({ subject }) => {
        const settings = await subject.configuration();
        const count = Object.keys(settings).length;
        return count > 0
          ? passed(`${count} settings, kept in this record (${settingsFingerprint(settings).slice(0, 12)})`)
          : failed('no settings could be read');
      },
    },
    {
      id: 'configuration.log-level',
      title: 'Log level is INFO or WARN',
      phases: ['pre', 'post'],
      lines: ['A42', 'S36'],
      todo: 'Set CRYPTOUTIL_LOG_LEVEL to info and start the process again: debug lines tell too much and slow it down.',
      run: async (context) => {
        const processes = await context.alive();
        const wrong = processes
          .map(({ id, environment }) => ({ id, level: environment.CRYPTOUTIL_LOG_LEVEL ?? 'info' }))
          .filter(({ level }) => !PRODUCTION_LEVELS.includes(level))
          .map(({ id, level }) => `${id} logs at ${level}`);
        return unless(wrong, `info or warn in ${processes.length} processes`);
      },
    },
    {
      id: 'configuration.log-rotation',
      title: 'Logs are rotated and do not grow without bounds',
      phases: ['pre', 'post'],
      lines: ['A43'],
      todo: 'Set max-size of the log driver, install deployments/systemd/logrotate.conf, or set containerLogMaxSize of the kubelet.',
      run: logRotation,
    },
    ...corsOrigins,
    ...rateLimits,
    {
      id: 'configuration.telemetry',
      title: 'OTLP telemetry endpoints are configured',
      phases: ['pre'],
      lines: ['S33'],
      todo: 'Set OTEL_EXPORTER_OTLP_ENDPOINT of every service to the collector.',
      run: async (context) => {
        const processes = await context.alive();
        const without = processes.filter(({ environment }) => !environment.OTEL_EXPORTER_OTLP_ENDPOINT);
        if (without.length === processes.length) return confirm('no process sends telemetry: is that meant to be?');
        return unless(
          without.map(({ id }) => `${id} has no OTEL_EXPORTER_OTLP_ENDPOINT`),
          `in all ${processes.length} processes`,
        );
      },
    },
    ...versions,
  ],
};

async function logRotation(context: CheckContext) {
  const { subject } = context;
  if (subject.target === 'kubernetes')
    return confirm('the kubelet rotates (containerLogMaxSize, 10 MiB by default): say what is set');
  const unbounded = (await context.alive()).filter(({ logBound }) => logBound === undefined).map(({ id }) => id);
  if (unbounded.length > 0) return failed(`${unbounded.join(', ')} log without a limit`);
  const [first] = await context.alive();
  if (!first) return notApplicable('nothing runs');
  const large = subject
    .logFiles()
    .filter((file) => statSync(file).size > LARGEST_LOG_BYTES)
    .map((file) => `${file} has more than 50 MB`);
  return unless(large, first.logBound!);
}
