import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Which service this is. Injectable everywhere in an application started by `startService`. */
export class ServiceInfo {
  constructor(
    readonly name: string,
    readonly version: string,
    readonly commit: string | undefined,
    readonly publicUrl: string,
  ) {}
}

/** The version in the package.json nearest to the program that runs; `0.0.0` when there is none. */
export function programVersion(program = process.argv[1] ?? ''): string {
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    const version = versionIn(join(folder, 'package.json'));
    if (version) return version;
    if (folder === dirname(folder)) return '0.0.0';
  }
}

function versionIn(path: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
