import { PART_OF } from './cluster.js';
import type { Kubectl } from './kubectl.js';

interface Container {
  readonly name: string;
  readonly image: string;
}

interface CronJob {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly jobTemplate: {
      readonly spec: {
        readonly template: {
          readonly spec: { readonly containers: readonly Container[]; readonly initContainers?: readonly Container[] };
        };
      };
    };
  };
}

/** `r.example.com:5000/cryptoutil:1` and `…/cryptoutil@sha256:…` without what names the version. */
const repository = (image: string): string => image.split('@', 1)[0]!.replace(/:[^/:]*$/, '');

/**
 * The CronJobs of the suite, such as that of the nightly backup. No rollout changes what they start, and an old version would go on running
 * against the schema of a new one. Jobs are not among them: what a Job runs cannot be changed.
 */
export class Schedules {
  private constructor(
    private readonly kubectl: Kubectl,
    private readonly jobs: readonly CronJob[],
  ) {}

  /** As they are now. */
  static async of(kubectl: Kubectl): Promise<Schedules> {
    const text = await kubectl.run(['get', 'cronjobs', '-l', PART_OF, '-o', 'json']);
    return new Schedules(kubectl, (JSON.parse(text) as { items: CronJob[] }).items);
  }

  /** Lets every container with an image of the suite, by whatever of these names, run this one from the next time on. */
  async use(image: string, names: readonly string[] = []): Promise<void> {
    const ours = new Set([image, ...names].map(repository));
    // The shipped name counts wherever it comes from.
    const isOurs = (name: string): boolean => ours.has(name) || name.split('/').at(-1) === 'cryptoutil';
    await this.change((container) => (isOurs(repository(container.image)) ? image : container.image));
  }

  /** Puts back what ran when this was read, where it is another one by now. */
  async restore(): Promise<void> {
    const now = await Schedules.of(this.kubectl);
    await now.change(({ name, image }, job) => {
      const before = this.jobs.find(({ metadata }) => metadata.name === job);
      return (before && containersOf(before).find((container) => container.name === name)?.image) ?? image;
    });
  }

  private async change(wanted: (container: Container, job: string) => string): Promise<void> {
    for (const job of this.jobs) {
      const { name } = job.metadata;
      const images = containersOf(job).flatMap((container) => {
        const image = wanted(container, name);
        return image === container.image ? [] : [`${container.name}=${image}`];
      });
      if (images.length > 0) await this.kubectl.run(['set', 'image', `cronjob/${name}`, ...images]);
    }
  }
}

const containersOf = ({ spec }: CronJob): Container[] => {
  const { containers, initContainers = [] } = spec.jobTemplate.spec.template.spec;
  return [...initContainers, ...containers];
};
