import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RequestTransaction, type Row } from './request-transaction.js';

/**
 * SQL for everything oidc-provider stores. Inside `inRequest` all statements from the first write on share one
 * transaction, so that an answer of 200 means everything is stored and an answer of 5xx means nothing is: a code is not
 * spent and a refresh token not rotated when the key service cannot sign the ID token that belongs to them.
 */
@Injectable()
export class ProtocolDatabase {
  private readonly requests = new AsyncLocalStorage<RequestTransaction>();

  constructor(private readonly dataSource: DataSource) {}

  /** Rows that a SELECT answers; sees the request's own uncommitted writes. */
  async read<T extends Row>(sql: string, parameters: readonly unknown[]): Promise<T[]> {
    const request = this.requests.getStore();
    if (request?.begun) return request.run<T>(sql, parameters);
    const runner = this.dataSource.createQueryRunner();
    try {
      return (await runner.query(sql, [...parameters], true)).records as T[];
    } finally {
      await runner.release();
    }
  }

  /** Rows that a writing statement returns (RETURNING). Begins the request's transaction when there is none yet. */
  async write<T extends Row>(sql: string, parameters: readonly unknown[]): Promise<T[]> {
    const request = this.requests.getStore();
    if (request) return request.run<T>(sql, parameters);
    const own = new RequestTransaction(this.dataSource);
    try {
      const rows = await own.run<T>(sql, parameters);
      await own.commit();
      return rows;
    } catch (error) {
      await own.rollback();
      throw error;
    }
  }

  /** Runs `handle` with a transaction of its own; `keep` decides after it whether what was written stays. */
  async inRequest(handle: () => Promise<void>, keep: () => boolean): Promise<void> {
    const request = new RequestTransaction(this.dataSource);
    try {
      await this.requests.run(request, handle);
    } catch (error) {
      await request.rollback();
      // What a replay exposed is revoked however the request ends.
      await request.runDeferred();
      throw error;
    }
    if (request.failed || !keep()) await request.rollback();
    else await request.commit();
    await request.runDeferred();
  }

  /** Work to do in a transaction of its own after the request's has ended, e.g. to revoke what a lost race exposed. */
  discardAndThen(work: () => Promise<void>): void {
    this.requests.getStore()?.discardAndThen(work);
  }

  /** Rows the surrounding request has taken out of the database and still works with; undefined outside a request. */
  get taken(): Map<string, unknown> | undefined {
    return this.requests.getStore()?.taken;
  }
}
