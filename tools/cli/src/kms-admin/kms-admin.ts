import type { Dispatcher } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, problemText, type Answer } from '../requests/answers.js';

/** How far a database is: turns of the barrier, and events of the audit chain. */
export interface DatabasePlace {
  readonly epoch: number;
  readonly audit_seq: number;
}

/** Where a round for new keys stands. */
export interface RekeyStatus {
  readonly in_progress: boolean;
  readonly turns?: 'shares' | 'intermediate';
  readonly phase?: 'authorize' | 'verify';
  readonly nonce?: string;
  readonly required?: number;
  readonly received?: readonly number[];
  readonly shares?: number;
  readonly threshold?: number;
  readonly expires_at?: string;
}

/** What a share did. */
export interface RekeyStep extends RekeyStatus {
  readonly completed: boolean;
  readonly new_shares?: string[];
}

/** Where the keys of the barrier stand. */
export interface BarrierStatus {
  readonly epoch: number;
  readonly share_set: string;
  readonly root: { readonly epoch: number };
  readonly intermediate: { readonly epoch: number };
  readonly content: { readonly epoch: number };
  readonly rewrap: { readonly total: number; readonly remaining: number; readonly done: boolean };
}

/** Where a kms stands; the counts are there once it has been initialised. */
export interface SealStatus {
  readonly initialized: boolean;
  readonly sealed: boolean;
  readonly shares?: number;
  readonly threshold?: number;
  /** How many shares were given in the present round. */
  readonly progress?: number;
  /** Why it sealed itself. */
  readonly seal_reason?: string;
  /** The database is older than what this kms saw last. */
  readonly rollback?: { readonly reason: string; readonly anchored?: DatabasePlace; readonly found: DatabasePlace };
}

/** The admin routes of a kms that deal with its seal. Every refusal becomes a `CommandFailure` with the reason it gave. */
export class KmsAdmin {
  constructor(
    private readonly url: string,
    private readonly dispatcher: Dispatcher,
  ) {}

  status(): Promise<SealStatus> {
    return this.expect<SealStatus>('The seal status was refused', 'GET', 'seal-status');
  }

  /** Initialises the kms, once. The shares are in no other place than in this answer. */
  async init(options: { shares: number; threshold: number }): Promise<string[]> {
    const { shares } = await this.expect<{ shares: string[] }>('The kms was not initialised', 'POST', 'init', options);
    return shares;
  }

  /** Gives one share. */
  unseal(share: string): Promise<SealStatus> {
    return this.expect<SealStatus>('The share was refused', 'POST', 'unseal', { share });
  }

  /** As `unseal`; a share that was given already in this round counts as given, so that whoever was interrupted can begin again. */
  async unsealAgain(share: string): Promise<SealStatus> {
    const answer = await ask<SealStatus & { reason?: string }>(this.dispatcher, `${this.url}/admin/v1/unseal`, {
      ...{ method: 'POST', body: { share } },
    });
    return answer.body?.reason === 'duplicate' ? this.status() : this.accepted('The share was refused', answer);
  }

  async seal(): Promise<void> {
    await this.expect('The kms was not sealed', 'POST', 'seal');
  }

  /** Takes an older database for what it is. */
  acknowledgeRollback(found: DatabasePlace): Promise<SealStatus> {
    return this.expect('The rollback was not acknowledged', 'POST', 'rollback/acknowledge', found);
  }

  /** Opens a round: for new shares with these counts, else as they are, or for one of the keys that a quorum turns. */
  beginRekey(counts: { shares?: number; threshold?: number }): Promise<RekeyStatus> {
    return this.expect('The rekey was not begun', 'POST', 'rekey/init', counts);
  }

  beginRotation(key: 'root' | 'intermediate'): Promise<RekeyStatus> {
    return this.expect('The rotation was not begun', 'POST', `barrier/rotate/${key}`);
  }

  rekeyStatus(): Promise<RekeyStatus> {
    return this.expect('The status was refused', 'GET', 'rekey/status');
  }

  /** Gives a share of the set in use (`update`) or of the new one (`verify`). */
  giveForRekey(phase: 'update' | 'verify', share: string, nonce: string): Promise<RekeyStep> {
    return this.expect('The share was refused', 'POST', `rekey/${phase}`, { share, nonce });
  }

  async cancelRekey(): Promise<void> {
    await this.expect('The round was not cancelled', 'POST', 'rekey/cancel', {});
  }

  rotateContent(): Promise<BarrierStatus> {
    return this.expect('The content key was not rotated', 'POST', 'barrier/rotate/content');
  }

  barrierStatus(): Promise<BarrierStatus> {
    return this.expect('The status was refused', 'GET', 'barrier/status');
  }

  /** The signed end of the audit chain. */
  auditHead(): Promise<{ head: { seq: number; hash: string }; signature: string; keys: object[] }> {
    return this.expect('The audit chain was not given', 'GET', 'audit/head');
  }

  /** Events after `after`, as they were hashed. */
  auditPage(after: number): Promise<{ items: { seq: number }[]; next_after: number | null }> {
    return this.expect('The audit chain was not given', 'GET', `audit?limit=1000&after=${after}`);
  }

  private async expect<T>(failure: string, method: string, path: string, body?: unknown): Promise<T> {
    return this.accepted(failure, await ask<T>(this.dispatcher, `${this.url}/admin/v1/${path}`, { method, body }));
  }

  private accepted<T>(failure: string, answer: Answer<T>): T {
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new CommandFailure(
      `${failure}: ${problemText(answer)}${shareIndex(answer)}${hint(answer)}`,
      exitCodeOf(answer),
    );
  }
}

function shareIndex({ body }: Answer): string {
  const { index } = (body ?? {}) as { index?: unknown };
  return typeof index === 'number' ? ` (share ${index})` : '';
}

const code = ({ body }: Answer): unknown => ((body ?? {}) as { code?: unknown }).code;

const hints: Partial<Record<string, string>> = {
  rollback_detected: ' Look at `cryptoutil kms status`; go on with `cryptoutil kms unseal --acknowledge-rollback`.',
  rekey_in_progress: ' See `cryptoutil kms rekey --status`, end it with `cryptoutil kms rekey --cancel`.',
};

const hint = (answer: Answer): string => hints[String(code(answer))] ?? '';

/** Exit code 2 says that the kms is sealed, or stays so. */
const exitCodeOf = (answer: Answer): number => (['sealed', 'rollback_detected'].includes(String(code(answer))) ? 2 : 1);
