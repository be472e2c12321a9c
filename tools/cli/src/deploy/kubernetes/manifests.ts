import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from '../../command-failure.js';
import type { Kubectl } from './kubectl.js';

/** The line with the image of the suite gets another one; other images keep theirs. */
function withImage(line: string, image: string): string {
  const [start, name] = line.split('image: ');
  const named = name?.trim().split('/').at(-1);
  return named?.startsWith('cryptoutil:') && start!.replace('-', ' ').trim() === '' ? `${start!}image: ${image}` : line;
}

/** `deployment.apps/identity-rs configured` as `deployment/identity-rs`; undefined when nothing was changed. */
function changedObject(line: string): string | undefined {
  const [object = '', state] = line.split(' ');
  const [kind = '', name] = object.split('/');
  return state === 'configured' || state === 'created' ? `${kind.split('.')[0]!}/${name!}` : undefined;
}

/** The folder deployments/kubernetes, or a copy of it with an installation's own names. */
export class Manifests {
  constructor(
    private readonly folder: string,
    private readonly image?: string,
  ) {
    if (!existsSync(join(folder, 'deployments'))) {
      throw new CommandFailure(
        `There is no ${join(folder, 'deployments')}: run this in the root of the checkout, or name the folder with --manifests.`,
      );
    }
  }

  /** Applies a folder (`configmaps`) or a file (`deployments/identity-rs`). Resolves to the objects that were changed, as `kind/name`. */
  async apply(kubectl: Kubectl, path: string): Promise<string[]> {
    const text = this.read(path);
    if (text === '') return [];
    const output = await kubectl.run(['apply', '-f', '-'], text);
    return output.split('\n').flatMap((line) => changedObject(line) ?? []);
  }

  private read(path: string): string {
    const place = join(this.folder, path);
    const files = existsSync(`${place}.yaml`) ? [`${place}.yaml`] : yamlIn(place);
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n---\n');
    const { image } = this;
    if (image === undefined) return text;
    return text
      .split('\n')
      .map((line) => withImage(line, image))
      .join('\n');
  }
}

function yamlIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(folder, name));
}
