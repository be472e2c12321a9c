import { confirm, failed, notApplicable, passed, unless, type CheckGroup } from '../check.js';
import { backups } from './backups.js';

const GRACE_SECONDS = 30;

/** What has to be there to bring a version in, and to go back. */
export const deployment: CheckGroup = {
  title: 'Deployment, backup and rollback',
  atOnce: 4,
  checks: [
    {
      id: 'deploy.graceful-stop',
      title: 'Services get at least 30 s to finish what is in flight',
      phases: ['pre', 'deploy'],
      lines: ['A107', 'A109'],
      todo: 'Raise stop_grace_period (Compose), terminationGracePeriodSeconds (Kubernetes) or TimeoutStopSec (systemd).',
      run: async (context) => {
        const known = (await context.alive()).filter(({ graceSeconds }) => graceSeconds !== undefined);
        if (known.length === 0)
          return notApplicable(`the ${context.subject.target} target stops within 15 s, by Ctrl-C`);
        const wrong = known.filter(({ graceSeconds }) => graceSeconds! < GRACE_SECONDS);
        return unless(
          wrong.map(({ id, graceSeconds }) => `${id} gets ${graceSeconds} s`),
          `${Math.min(...known.map(({ graceSeconds }) => graceSeconds!))} s and more`,
        );
      },
    },
    {
      id: 'deploy.program',
      title: 'The new version is in place and can be executed',
      phases: ['deploy', 'post'],
      lines: ['A112', 'A113', 'A114', 'S70', 'S73', 'S90'],
      todo: 'Pull or build the image again: docker images | grep cryptoutil.',
      run: async ({ subject }) => {
        const { code, output } = await subject.cryptoutil('authz', ['--help']);
        return code === 0 && output.includes('cryptoutil')
          ? passed('"cryptoutil --help" runs with the settings of authz')
          : failed(`"cryptoutil --help" ends with ${code}`);
      },
    },
    {
      id: 'rollback.previous-version',
      title: 'The previous version is kept for a rollback',
      phases: ['pre', 'deploy'],
      lines: ['A98', 'S55', 'A214', 'S248', 'S249', 'S250', 'S251'],
      todo: 'Keep the image of the version before, until the new one has proved itself.',
      run: async ({ subject }) => {
        if (subject.target === 'dev') return notApplicable('the demo runs what is built in this checkout');
        const previous = await subject.previous();
        return previous === undefined
          ? confirm('there is no version before: is this the first deployment?')
          : passed(previous);
      },
    },
    ...backups,
  ],
};
