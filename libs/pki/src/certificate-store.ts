import { ConfigurationError } from '@cryptoutil/config';
import { requireSuccessor } from './succession.js';
import { watchFolders } from './watch-folders.js';
import {
  materialFingerprint,
  readTlsMaterial,
  TlsMaterialUnusable,
  type TlsFiles,
  type TlsMaterial,
} from './tls-material.js';

/** What a reading of the files led to. `refused`: the old material stays in use; see `problem`. */
export type ReloadOutcome = 'changed' | 'unchanged' | 'refused';

/**
 * The TLS files of a service, followed while it runs. New material is taken over only when certificate, key and authorities can be
 * read, fit together, are in force and succeed the old; otherwise the old stays in force and the problem is told to `onProblem` listeners.
 */
export class CertificateStore {
  private material: TlsMaterial | undefined;
  private latestProblem: string | undefined;
  private reading: Promise<ReloadOutcome> | undefined;
  private readonly changeListeners = new Set<(material: TlsMaterial) => void>();
  private readonly problemListeners = new Set<(problem: string) => void>();
  private stopWatching: (() => void) | undefined;

  constructor(private readonly files: TlsFiles) {}

  /** Reads the files and begins to follow them. Throws `ConfigurationError` when they cannot be used. */
  static async open(files: TlsFiles): Promise<CertificateStore> {
    const store = new CertificateStore({ certFile: files.certFile, keyFile: files.keyFile, caFile: files.caFile });
    if ((await store.reload()) === 'refused') throw new ConfigurationError([store.problem!]);
    store.stopWatching = watchFolders(Object.values(store.files), () => void store.reload());
    return store;
  }

  /** The material in force. */
  get current(): TlsMaterial {
    if (!this.material) throw new Error('The certificate store was not opened.');
    return this.material;
  }

  /** Why the files as they are now are not in force; `undefined` when they are. */
  get problem(): string | undefined {
    return this.latestProblem;
  }

  /** Calls `listener` after each change of material. Returns the function that ends it. */
  onChange(listener: (material: TlsMaterial) => void): () => void {
    this.changeListeners.add(listener);
    return () => this.changeListeners.delete(listener);
  }

  /** Calls `listener` with one sentence when changed files cannot be used. Returns the function that ends it. */
  onProblem(listener: (problem: string) => void): () => void {
    this.problemListeners.add(listener);
    return () => this.problemListeners.delete(listener);
  }

  /** Reads the files now. Calls while a reading is under way are answered by one further reading after it. Never rejects. */
  reload(): Promise<ReloadOutcome> {
    const next = (this.reading ?? Promise.resolve()).then(() => this.read());
    const settled: Promise<ReloadOutcome> = next.finally(() => {
      if (this.reading === settled) this.reading = undefined;
    });
    this.reading = settled;
    return settled;
  }

  /** Stops following the files. The material stays usable. */
  close(): void {
    this.stopWatching?.();
    this.stopWatching = undefined;
    this.changeListeners.clear();
    this.problemListeners.clear();
  }

  private async read(): Promise<ReloadOutcome> {
    let material: TlsMaterial;
    try {
      material = await readTlsMaterial(this.files);
      if (this.material) requireSuccessor(this.material, material, this.files);
    } catch (error) {
      return this.refuse(error);
    }
    this.latestProblem = undefined;
    if (this.material && materialFingerprint(this.material) === materialFingerprint(material)) return 'unchanged';
    const first = !this.material;
    this.material = Object.freeze(material);
    if (!first) this.tellOf(material);
    return 'changed';
  }

  private tellOf(material: TlsMaterial): void {
    for (const listener of this.changeListeners) {
      try {
        listener(material);
      } catch (error) {
        this.tellProblem(`The new TLS material could not be put to use everywhere: ${(error as Error).message}.`);
      }
    }
  }

  private tellProblem(problem: string): void {
    for (const listener of this.problemListeners) listener(problem);
  }

  private refuse(error: unknown): ReloadOutcome {
    const problem = error instanceof TlsMaterialUnusable ? error.message : 'The TLS files cannot be read.';
    if (problem !== this.latestProblem) this.tellProblem(problem);
    this.latestProblem = problem;
    return 'refused';
  }
}
