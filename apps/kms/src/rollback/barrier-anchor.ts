import { open, readFile, rename, rm } from 'node:fs/promises';
import { randomToken } from '@cryptoutil/crypto';
import { z } from 'zod';

/** How far the database was when this replica saw it last. */
export interface Anchored {
  /** Turns of the barrier. */
  epoch: number;
  /** Events of the audit chain, and the hash of the last one in hex. */
  seq: number;
  hash: string;
}

const content = z.strictObject({
  format: z.literal(1),
  epoch: z.number().int().min(1),
  seq: z.number().int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

const textOf = (seen: Anchored): string => `${JSON.stringify({ format: 1, ...seen })}\n`;

/** The anchor file is there but is none. */
export class UnreadableAnchor extends Error {}

/** Remembers how far the database was, in memory and, when there is a path, in a file outside of the database. */
export class BarrierAnchor {
  #seen: Anchored | undefined;
  #written: string | undefined;

  constructor(private readonly path: string | undefined) {}

  /** Undefined when nothing was ever seen here. Errors: `UnreadableAnchor`, and those of the file system. */
  async read(): Promise<Anchored | undefined> {
    this.#seen ??= await this.#readFile();
    return this.#seen;
  }

  /** Keeps it; the file is replaced as a whole or not at all. Errors: those of the file system, after memory was changed. */
  async write(seen: Anchored): Promise<void> {
    this.#seen = seen;
    if (this.path === undefined || this.#written === textOf(seen)) return;
    const neighbour = `${this.path}.${randomToken(6)}.tmp`;
    try {
      const file = await open(neighbour, 'wx', 0o600);
      try {
        await file.writeFile(textOf(seen));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(neighbour, this.path);
      this.#written = textOf(seen);
    } catch (error) {
      await rm(neighbour, { force: true });
      throw error;
    }
  }

  async #readFile(): Promise<Anchored | undefined> {
    if (this.path === undefined) return undefined;
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const { epoch, seq, hash } = content.parse(JSON.parse(text));
      return { epoch, seq, hash };
    } catch (cause) {
      throw new UnreadableAnchor(`${this.path} is no anchor file.`, { cause });
    }
  }
}
