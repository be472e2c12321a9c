import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';
import { AuditChainStore } from '../audit/audit-chain.store.js';
import { BarrierTurnStore } from '../barrier/barrier-turn.store.js';
import { KMS_LOGGER } from '../environment.module.js';
import { KmsError } from '../errors/kms-error.js';
import { type Anchored, BarrierAnchor, UnreadableAnchor } from './barrier-anchor.js';

/** A database that is not what this replica saw last, grown: an older one, or one that went another way. */
export interface Rollback {
  /** `epoch`, `audit`: fewer turns or events; `fork`: other events; `unreadable`: the anchor file cannot say. */
  reason: 'epoch' | 'audit' | 'fork' | 'unreadable';
  anchored: Anchored | undefined;
  found: Anchored;
}

/** Compares the database with what this replica saw last. */
@Injectable()
export class RollbackCheck {
  #complained = false;

  constructor(
    private readonly anchor: BarrierAnchor,
    private readonly turns: BarrierTurnStore,
    private readonly chain: AuditChainStore,
    @Inject(KMS_LOGGER) private readonly logger: Logger,
  ) {}

  /** Undefined when the database is what was seen last, grown; and when nothing was ever seen here. */
  async look(): Promise<Rollback | undefined> {
    const found = await this.#database();
    if (!found) return undefined;
    try {
      const anchored = await this.anchor.read();
      if (!anchored) return undefined;
      const reason = behind(anchored, found) ?? ((await this.#holds(anchored)) ? undefined : 'fork');
      return reason && { reason, anchored, found };
    } catch (error) {
      if (error instanceof UnreadableAnchor) return { reason: 'unreadable', anchored: undefined, found };
      throw error;
    }
  }

  /** Errors: `rollback_detected`. */
  async requireNone(): Promise<void> {
    const rollback = await this.look();
    if (rollback) throw new KmsError('rollback_detected', { rollback: describeRollback(rollback) });
  }

  /**
   * While the kms runs: goes on from what the database is now, or says that it went back. Only what needs no look into the chain is compared.
   */
  async follow(): Promise<Rollback | undefined> {
    const [anchored, found] = [await this.anchor.read(), await this.#database()];
    const reason = !found ? 'epoch' : anchored && behind(anchored, found);
    if (reason) return { reason, anchored, found: found ?? { epoch: 0, seq: 0, hash: '' } };
    if (found) await this.remember(found);
    return undefined;
  }

  /** What the database is now is right from now on. A file that cannot be written is on the log and keeps nobody from their keys. */
  async remember(given?: Anchored): Promise<void> {
    const found = given ?? (await this.#database());
    if (!found) return;
    try {
      await this.anchor.write(found);
      this.#complained = false;
    } catch (error) {
      if (!this.#complained)
        this.logger.error({ err: error }, 'The anchor file cannot be written: an older database may go unnoticed.');
      this.#complained = true;
    }
  }

  /** Takes the database for what it is, when it still is what somebody looked at. Errors: `rollback_changed`. */
  async acknowledge({ epoch, seq }: Pick<Anchored, 'epoch' | 'seq'>): Promise<void> {
    const rollback = await this.look();
    if (rollback?.found.epoch !== epoch || rollback.found.seq > seq + EVENTS_MEANWHILE || rollback.found.seq < seq)
      throw new KmsError('rollback_changed');
    await this.anchor.write(rollback.found);
  }

  async #database(): Promise<Anchored | undefined> {
    const state = await this.turns.state();
    if (!state) return undefined;
    const { sequence, hash } = await this.chain.head();
    return { epoch: state.epoch, seq: sequence, hash: hash.toString('hex') };
  }

  /** Whether the chain still has the event that was its last. */
  async #holds({ seq, hash }: Anchored): Promise<boolean> {
    if (seq === 0) return true;
    const [event] = await this.chain.page(seq - 1, 1);
    return Number(event?.seq) === seq && event?.hash.toString('hex') === hash;
  }
}

/** Calls that look at a sealed kms are events too, so the chain grows between the look and the acknowledgement. */
const EVENTS_MEANWHILE = 1000;

const behind = (anchored: Anchored, found: Anchored): 'epoch' | 'audit' | undefined => {
  if (found.epoch < anchored.epoch) return 'epoch';
  if (found.seq < anchored.seq) return 'audit';
  return undefined;
};

const place = ({ epoch, seq }: Anchored) => ({ epoch, audit_seq: seq });

/** A rollback on the wire. */
export const describeRollback = ({ reason, anchored, found }: Rollback) => ({
  reason,
  ...(anchored ? { anchored: place(anchored) } : {}),
  found: place(found),
});
