import { join } from 'node:path';
import { randomToken } from '@cryptoutil/crypto';
import type { Home } from '../home/home.js';
import { ensurePrivateFolder, readTextIfPresent, writePrivateFile } from '../home/private-file.js';

/** The secrets of a suite: each a file of its own with 256 random bits, made when it is first asked for. */
export class SuiteSecrets {
  constructor(private readonly home: Home) {}

  /** The path of a secret of a service, for its environment. */
  file(owner: string, name: string): string {
    const folder = join(this.home.secrets, owner);
    const file = join(folder, name);
    if (readTextIfPresent(file) === undefined) {
      ensurePrivateFolder(folder);
      writePrivateFile(file, `${randomToken()}\n`);
    }
    return file;
  }

  /** The secret itself. */
  text(owner: string, name: string): string {
    return readTextIfPresent(this.file(owner, name))!.trimEnd();
  }
}
