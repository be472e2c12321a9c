import { failed, notApplicable, passed, unless, type Check } from '../check.js';
import type { CheckContext } from '../context.js';
import { send } from '../endpoints.js';

interface RunningVersion {
  readonly id: string;
  readonly version: string;
  readonly commit: string | undefined;
}

/** Which version runs. */
export const versions: readonly Check[] = [
  {
    id: 'version.replicas',
    title: 'All replicas run the same version and commit',
    phases: ['deploy', 'post', 'rollback'],
    lines: ['A115', 'A261', 'S205'],
    todo: 'Finish the rollout, or go back: two versions at once are only meant for its duration.',
    run: async (context) => {
      const found = await runningVersions(context);
      if (found.length === 0) return notApplicable('no process tells its version');
      const names = new Set(found.map(nameOf));
      return names.size === 1
        ? passed(`${[...names][0]} in ${found.length} processes`)
        : failed(found.map((each) => `${each.id} ${nameOf(each)}`).join(', '));
    },
  },
  {
    id: 'version.expected',
    title: 'The version that runs is the one that was to be deployed',
    phases: ['deploy', 'post', 'rollback'],
    lines: ['A115'],
    todo: 'Build and deploy the commit that was meant: git log -1 --format="%h %s".',
    run: async (context) => {
      const { commit } = context.options;
      if (commit === undefined) return notApplicable('no commit was named with --commit');
      const found = await runningVersions(context);
      const wrong = found
        .filter(
          (each) => each.commit === undefined || !(each.commit.startsWith(commit) || commit.startsWith(each.commit)),
        )
        .map((each) => `${each.id} runs ${each.commit ?? 'a build without a commit'}`);
      return unless(wrong, `${commit} in ${found.length} processes`);
    },
  },
];

/** Version and commit of every process, from its image or from itself. */
export async function runningVersions(context: CheckContext): Promise<RunningVersion[]> {
  const processes = await context.alive();
  const found = await Promise.all(
    processes.map(async ({ id, url, version, commit }) => {
      if (version !== undefined) return { id, version, commit };
      if (url === undefined) return undefined;
      const { text } = await send(context, `${url}/health`);
      const health = (text.startsWith('{') ? JSON.parse(text) : {}) as { version?: string; commit?: string };
      return health.version === undefined ? undefined : { id, version: health.version, commit: health.commit };
    }),
  );
  return found.filter((each) => each !== undefined);
}

const nameOf = ({ version, commit }: RunningVersion): string =>
  commit ? `${version} (${commit.slice(0, 12)})` : version;
