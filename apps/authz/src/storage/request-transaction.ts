import type { DataSource, QueryRunner } from 'typeorm';

export type Row = Record<string, unknown>;

/** One transaction that begins with its first statement; statements queue behind each other on its connection. */
export class RequestTransaction {
  private runner: QueryRunner | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private readonly deferred: (() => Promise<void>)[] = [];
  /** Rows the request has taken out of the database and still works with. */
  readonly taken = new Map<string, unknown>();
  /** Set when what was written must not stay, whatever the answer's status is. */
  failed = false;
  /** Why a statement failed: PostgreSQL then discards the whole transaction, and answers COMMIT as if nothing had happened. */
  private fault: { error: unknown } | undefined;

  constructor(private readonly dataSource: DataSource) {}

  get begun(): boolean {
    return this.runner !== undefined;
  }

  async run<T extends Row>(sql: string, parameters: readonly unknown[]): Promise<T[]> {
    const turn = this.last.then(async () => {
      const runner = await this.begin();
      return (await runner.query(sql, [...parameters], true)).records as T[];
    });
    this.last = turn.catch((error: unknown) => (this.fault ??= { error }));
    return turn;
  }

  discardAndThen(work: () => Promise<void>): void {
    this.failed = true;
    this.deferred.push(work);
  }

  /** Rejects with the error of the statement that failed, if one did, even if its caller made nothing of it. */
  async commit(): Promise<void> {
    await this.last;
    if (this.fault) {
      await this.rollback();
      throw this.fault.error;
    }
    await this.end((runner) => runner.commitTransaction());
  }

  async rollback(): Promise<void> {
    // A connection that broke has been rolled back by PostgreSQL already.
    await this.end((runner) => runner.rollbackTransaction()).catch(() => undefined);
  }

  async runDeferred(): Promise<void> {
    for (const work of this.deferred.splice(0)) await work();
  }

  private async begin(): Promise<QueryRunner> {
    if (this.runner) return this.runner;
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
    } catch (error) {
      await runner.release();
      throw error;
    }
    this.runner = runner;
    return runner;
  }

  private async end(finish: (runner: QueryRunner) => Promise<void>): Promise<void> {
    await this.last;
    const runner = this.runner;
    this.runner = undefined;
    if (!runner) return;
    try {
      await finish(runner);
    } finally {
      await runner.release();
    }
  }
}
