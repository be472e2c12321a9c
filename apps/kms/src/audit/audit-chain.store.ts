import { CHAIN_START, chainHash, type ChainedRecord, followsOn } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { AuditOutcome, ChainedEvent } from './audit-event.js';

/** Separates this chain from every other use of the hash. */
export const AUDIT_PURPOSE = 'cryptoutil-kms audit 1';

/** An event as stored. */
export interface StoredEvent {
  seq: string;
  tenant: string | null;
  event: string;
  previous: Buffer;
  hash: Buffer;
}

/** Which events are wanted; what is absent does not restrict. */
export interface EventFilter {
  tenant?: string | undefined;
  keyId?: string | undefined;
  who?: string | undefined;
  operation?: string | undefined;
  outcome?: AuditOutcome | undefined;
  requestId?: string | undefined;
  /** Inclusive, exclusive; with time zone. */
  from?: string | undefined;
  before?: string | undefined;
}

/** Where the chain ends. */
export interface ChainHead {
  sequence: number;
  hash: Buffer;
}

const PAGE = 1000;

/** SQL of the audit chain. */
@Injectable()
export class AuditChainStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Appends in the transaction of the caller; appenders wait for each other at the head row. */
  async append(tx: EntityManager, events: readonly ChainedEvent[]): Promise<void> {
    let { sequence, hash } = await this.#head(tx, 'FOR UPDATE');
    const first = sequence;
    const hashes = [hash];
    for (const { text } of events) {
      sequence += 1;
      hash = chainHash(AUDIT_PURPOSE, sequence, hash, text);
      hashes.push(hash);
    }
    const listed = (name: 'tenant' | 'keyId') => JSON.stringify(events.map((event) => event[name] ?? null));
    // Lists as JSON, texts as lines (JSON holds no line end) and all hashes as one string of bytes: arrays would be escaped element by element, and
    // there are up to a thousand.
    await tx.query(
      `INSERT INTO audit_events (seq, tenant, key_id, event, previous, hash)
       SELECT $1::bigint + n, tenant, key_id, event,
              substring($5::bytea FROM (32 * (n - 1) + 1)::int FOR 32), substring($5::bytea FROM (32 * n + 1)::int FOR 32)
         FROM ROWS FROM (json_array_elements_text($2::json), json_array_elements_text($3::json), string_to_table($4, chr(10)))
              WITH ORDINALITY AS appended (tenant, key_id, event, n)`,
      [first, listed('tenant'), listed('keyId'), events.map(({ text }) => text).join('\n'), Buffer.concat(hashes)],
    );
    await tx.query('UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1', [sequence, hash]);
  }

  head(): Promise<ChainHead> {
    return this.#head(this.dataSource.manager, '');
  }

  /** Events after `after`, oldest first, that fit the filter. */
  page(after: number, limit: number, filter: EventFilter = {}): Promise<StoredEvent[]> {
    return this.dataSource.query<StoredEvent[]>(
      `SELECT seq, tenant, event, previous, hash FROM audit_events
        WHERE seq > $1 AND ($3::text IS NULL OR tenant = $3) AND ($4::text IS NULL OR key_id = $4)
          AND ($5::text IS NULL OR event::json->>'who' = $5) AND ($6::text IS NULL OR event::json->>'operation' = $6)
          AND ($7::text IS NULL OR event::json->>'outcome' = $7) AND ($8::text IS NULL OR event::json->>'request_id' = $8)
          AND ($9::timestamptz IS NULL OR (event::json->>'at')::timestamptz >= $9)
          AND ($10::timestamptz IS NULL OR (event::json->>'at')::timestamptz < $10)
        ORDER BY seq LIMIT $2`,
      [
        ...[after, limit, filter.tenant, filter.keyId, filter.who, filter.operation, filter.outcome],
        ...[filter.requestId, filter.from, filter.before],
      ],
    );
  }

  /** Walks the whole chain: how many events hold, up to the head that stands when it begins; `brokenAt` is the first that does not. */
  async verify(): Promise<{ head: ChainHead; events: number; brokenAt: number | undefined }> {
    const head = await this.head();
    let before: { sequence: number; hash: Uint8Array } = { sequence: 0, hash: CHAIN_START };
    while (before.sequence < head.sequence) {
      const page = await this.page(before.sequence, PAGE);
      for (const row of page) {
        const record = recordOf(row);
        if (!followsOn(AUDIT_PURPOSE, before, record))
          return { head, events: before.sequence, brokenAt: before.sequence + 1 };
        before = record;
        if (before.sequence === head.sequence) break;
      }
      if (page.length === 0) return { head, events: before.sequence, brokenAt: before.sequence + 1 };
    }
    const ends = Buffer.compare(before.hash, head.hash) === 0;
    return { head, events: before.sequence, brokenAt: ends ? undefined : before.sequence + 1 };
  }

  async #head(manager: EntityManager, lock: '' | 'FOR UPDATE'): Promise<ChainHead> {
    const [row] = await manager.query<{ seq: string; hash: Buffer }[]>(
      `SELECT seq, hash FROM audit_head WHERE id = 1 ${lock}`,
    );
    return { sequence: Number(row?.seq ?? 0), hash: row?.hash ?? CHAIN_START };
  }
}

/** A stored event as a record of the chain. The columns beside the text must repeat it, and are not believed. */
export const recordOf = (row: StoredEvent): ChainedRecord => ({
  sequence: Number(row.seq),
  text: row.event,
  previous: row.previous,
  hash: row.hash,
});
