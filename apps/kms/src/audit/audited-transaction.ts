import { inTransaction } from '@cryptoutil/database';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Actor } from '../access/caller.js';

/** The transaction of every change of state. */
@Injectable()
export class AuditedTransaction {
  constructor(private readonly dataSource: DataSource) {}

  run<T>(_by: Actor, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.dataSource, work);
  }
}
