import { statSync } from 'node:fs';
import { readTextIfPresent } from '../../home/private-file.js';
import { KmsAdmin } from '../../kms-admin/kms-admin.js';
import { confirm, failed, notApplicable, passed, running, unless, type Check, type CheckGroup } from '../check.js';
import type { CheckContext } from '../context.js';
import { isSecretVariable } from './secret-variables.js';

const DAY_MS = 86_400_000;
const JWT_SECRET_DAYS = 90;
const JWT_SECRET_BYTES = 32;

/** Where secrets are, who can read them, and how old they are. */
export const secrets: CheckGroup = {
  title: 'Secrets',
  atOnce: 4,
  checks: [
    {
      id: 'secrets.environment',
      title: 'Secrets are files of a secret store, not environment variables',
      phases: ['pre', 'post', 'monthly'],
      lines: ['A18', 'A117', 'A119', 'A120', 'A121', 'S28', 'S39', 'S41'],
      todo: 'Put it into a file (or a Docker or Kubernetes secret), name that with the …_FILE variable, and change the secret: whoever could see the environment has it.',
      run: async (context) => {
        const processes = await context.alive();
        const wrong = processes.flatMap(({ id, environment }) =>
          Object.entries(environment)
            .filter(([name, value]) => isSecretVariable(name, value))
            .map(([name]) => `${id} has ${name} in its environment`),
        );
        const count = processes.reduce((sum, { environment }) => sum + Object.keys(environment).length, 0);
        return unless(wrong, `none among ${count} variables of ${processes.length} processes`);
      },
    },
    {
      id: 'secrets.permissions',
      title: 'Secret files can be read by their owner alone',
      phases: ['pre', 'post', 'monthly'],
      lines: ['S39', 'S41', 'A18'],
      beforeFirstStart: true,
      todo: 'chmod 600 <file>, and change the secret when others could have read it.',
      run: ({ subject: { secretFiles, target } }) => {
        if (target === 'kubernetes')
          return notApplicable('Secrets are no files of this host; RBAC decides who reads them');
        const wrong = secretFiles.flatMap((file) => {
          const stat = statSync(file, { throwIfNoEntry: false });
          if (!stat) return [];
          const mode = stat.mode & 0o777;
          return (mode & 0o077) === 0 ? [] : [`${file} has mode ${mode.toString(8).padStart(4, '0')}`];
        });
        return unless(wrong, `${secretFiles.length} files, each 0600 or less`);
      },
    },
    jwtSecret(),
    {
      id: 'secrets.jwt-age',
      title: 'The JWT secret was changed within the last 90 days',
      phases: ['pre', 'quarterly'],
      lines: ['A19', 'A248'],
      beforeFirstStart: true,
      todo: 'cryptoutil auth-service rotate-secret: tokens of the old secret stay valid until they expire.',
      run: ({ subject }) => {
        const file = subject.jwtSecretFile;
        const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
        if (!stat) return confirm('the secret is not on this host: say when it was last changed (90 days at most)');
        const days = Math.floor((Date.now() - stat.mtimeMs) / DAY_MS);
        return days <= JWT_SECRET_DAYS ? passed(`changed ${days} days ago`) : failed(`it is ${days} days old`);
      },
    },
    {
      id: 'kms.shares',
      title: 'Unseal secrets of the key service are configured, 3 of 5',
      phases: ['pre', 'post', 'quarterly'],
      lines: ['S40'],
      todo: 'Put at least three of the share files back, or let people unseal with "cryptoutil kms unseal".',
      run: shares,
    },
    {
      id: 'kms.unsealed',
      title: 'The key service is initialised and unsealed',
      phases: [...running, 'deploy'],
      lines: ['S40', 'S125'],
      todo: 'cryptoutil kms unseal, with three of the five shares.',
      run: async ({ subject, operator }) => {
        const {
          initialized,
          sealed,
          progress = 0,
          threshold,
        } = await new KmsAdmin(subject.urls.kms, operator).status();
        if (!initialized) return failed('it was never initialised: cryptoutil kms init');
        return sealed ? failed(`it is sealed; ${progress} of ${threshold} shares were given`) : passed('unsealed');
      },
    },
  ],
};

function jwtSecret(): Check {
  return {
    id: 'secrets.jwt',
    title: 'The JWT secret is strong and loads at startup',
    phases: ['pre', 'post'],
    lines: ['A17', 'A20'],
    todo: 'cryptoutil auth-service rotate-secret makes one with 256 random bits.',
    run: async (context) => {
      const { jwtSecretFile: file } = context.subject;
      const text = file === undefined ? undefined : readTextIfPresent(file)?.trim();
      const bytes = text === undefined ? undefined : Buffer.byteLength(text);
      if (bytes !== undefined && bytes < JWT_SECRET_BYTES) {
        return failed(`it has ${bytes} bytes; at least ${JWT_SECRET_BYTES} are wanted`);
      }
      if (text !== undefined && new Set(text).size < 12) return failed('it repeats itself: it was not made at random');
      const authz = (await context.alive()).filter(({ service }) => service === 'authz');
      const without = authz.filter(({ environment }) => !environment.CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE);
      if (without.length > 0) return failed(`${without.map(({ id }) => id).join(', ')} names no secret file`);
      return passed(
        `${bytes === undefined ? 'loaded by the service, which refuses less than 32 bytes' : `${bytes} bytes`}`,
      );
    },
  };
}

async function shares(context: CheckContext) {
  const { subject, operator } = context;
  const { threshold, shares: total, initialized } = await new KmsAdmin(subject.urls.kms, operator).status();
  if (!initialized) return failed('the key service is not initialised');
  if (threshold === undefined || total === undefined || threshold < 2 || total <= threshold) {
    return failed(`${threshold} of ${total} shares: a spare share and more than one person are wanted`);
  }
  const scheme = `${threshold} of ${total}`;
  // The suite of "npm start" gives the shares itself, so its first kms does not name them.
  const configured =
    subject.target === 'dev' ||
    (await context.alive()).some(
      ({ service, environment }) => service === 'kms' && (environment.CRYPTOUTIL_UNSEAL_SHARE_FILES ?? '') !== '',
    );
  if (!configured) return confirm(`${scheme}; it is unsealed by people: say that three of them can be reached`);
  if (subject.target === 'kubernetes') return passed(`${scheme}; read from a Secret at each start`);
  const present = subject.shareFiles.filter((file) => statSync(file, { throwIfNoEntry: false })).length;
  return present >= threshold
    ? passed(`${scheme}; ${present} share files are in place`)
    : failed(`only ${present} of the ${threshold} share files are in place: it cannot unseal itself after a restart`);
}
