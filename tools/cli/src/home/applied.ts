import type { Home } from './home.js';
import { readTextIfPresent, writePrivateFile } from './private-file.js';

/** What an earlier start has put into the services, by name, each as a fingerprint of what it was. */
export class Applied {
  private readonly entries: Record<string, string>;

  constructor(private readonly home: Home) {
    this.entries = JSON.parse(readTextIfPresent(home.appliedFile) ?? '{}') as Record<string, string>;
  }

  has(name: string, fingerprint: string): boolean {
    return this.entries[name] === fingerprint;
  }

  remember(name: string, fingerprint: string): void {
    this.entries[name] = fingerprint;
    writePrivateFile(this.home.appliedFile, JSON.stringify(this.entries));
  }
}
