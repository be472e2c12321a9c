import { inTransaction } from '@cryptoutil/database';
import { Injectable } from '@nestjs/common';
import { currentRequestId } from '@cryptoutil/telemetry';
import { DataSource, type EntityManager } from 'typeorm';
import type { Actor } from '../access/caller.js';
import { BarrierEpochs } from '../barrier/barrier-epochs.js';
import { AuditChainStore } from './audit-chain.store.js';
import { chained } from './audit-event.js';

/** The transaction of every change of state: the change and the event that tells of it are committed together, or neither. */
@Injectable()
export class AuditedTransaction {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: AuditChainStore,
    private readonly epochs: BarrierEpochs,
  ) {}

  /** `turning`: nothing is sealed meanwhile on any replica. */
  async run<T>(
    { note, tenant }: Actor,
    work: (tx: EntityManager) => Promise<T>,
    mode: 'sealing' | 'turning' = 'sealing',
  ): Promise<T> {
    const result = await inTransaction(this.dataSource, async (tx) => {
      await this.epochs.begin(tx, mode);
      const made = await work(tx);
      const { who = 'kms', operation = 'change', keyId, version } = note;
      const event = {
        ...{ who, tenant, operation },
        ...(keyId === undefined ? {} : { key_id: keyId }),
        ...(version === undefined ? {} : { version }),
        outcome: 'success' as const,
        request_id: currentRequestId() ?? '',
      };
      await this.store.append(tx, [chained(event)]);
      return made;
    });
    note.chained = true;
    return result;
  }
}
