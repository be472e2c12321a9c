import type { Dispatcher } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, problemText, type Answer } from '../requests/answers.js';

/** Where a kms stands; the counts are there once it has been initialised. */
export interface SealStatus {
  readonly initialized: boolean;
  readonly sealed: boolean;
  readonly shares?: number;
  readonly threshold?: number;
  /** How many shares were given in the present round. */
  readonly progress?: number;
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

  async seal(): Promise<void> {
    await this.expect('The kms was not sealed', 'POST', 'seal');
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
    const answer: Answer<T> = await ask<T>(this.dispatcher, `${this.url}/admin/v1/${path}`, { method, body });
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new CommandFailure(`${failure}: ${problemText(answer)}${shareIndex(answer)}`);
  }
}

function shareIndex({ body }: Answer): string {
  const { index } = (body ?? {}) as { index?: unknown };
  return typeof index === 'number' ? ` (share ${index})` : '';
}
