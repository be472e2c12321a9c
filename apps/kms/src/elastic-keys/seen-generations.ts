/** Of a proved row, what tells an older state of it from a newer one. */
interface Generation {
  id: string;
  /** Counts the changes of the row. */
  generation: number;
}

/**
 * The newest generation of each row that this process has proved. A row that was put back as it once was is genuine; here it is told from the
 * newer one, for as long as the process runs, stays unsealed and has not forgotten it for others.
 */
export class SeenGenerations {
  readonly #seen = new Map<string, { generation: number; at: number }>();
  #now = 0;

  constructor(private readonly most: number) {}

  /** To be asked before a row is read. */
  get now(): number {
    return this.#now;
  }

  /**
   * Whether a newer generation was proved before this one was asked for (`asked`: `now` of then); of two reads at once either may end first.
   * Otherwise remembers it.
   */
  isOlder({ id, generation }: Generation, asked: number): boolean {
    const seen = this.#seen.get(id);
    if (seen && generation < seen.generation) return asked >= seen.at;
    if (seen?.generation === generation) return false;
    if (this.#seen.size >= this.most && !seen) this.#seen.delete(this.#seen.keys().next().value as string);
    this.#seen.set(id, { generation, at: (this.#now += 1) });
    return false;
  }

  clear(): void {
    this.#seen.clear();
  }
}
