import type { Dispatcher } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, problemText, type Answer } from '../requests/answers.js';

/** The exit code that says "sealed". */
export const SEALED = 2;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An elastic key as the kms describes it; names as on the wire. */
export interface DescribedKey {
  readonly id: string;
  readonly name: string;
  readonly algorithm: string;
  readonly status: string;
  readonly access: string;
  readonly current_version: number;
  readonly created_at: string;
  readonly [member: string]: unknown;
}

/** A page of a list. */
export interface Page<T> {
  readonly items: T[];
  readonly total: number;
  readonly next_cursor?: string | null;
}

/** The API of a kms for keys. Every refusal becomes a `CommandFailure`; exit code 2 when it is sealed. */
export class KeyService {
  constructor(
    private readonly url: string,
    private readonly dispatcher: Dispatcher,
    private readonly token: string | undefined,
  ) {}

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    const answer: Answer<T> = await ask<T>(this.dispatcher, `${this.url}/service/api/v1/${path}`, {
      method,
      body,
      headers,
    });
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw refusal(answer);
  }

  /** The path of a key that was named by its id, its alias (`alias:…`) or its name. */
  async path(reference: string): Promise<string> {
    return `elastic-keys/${encodeURIComponent(await this.id(reference))}`;
  }

  /** What routes take for the key. Only a name has to be looked up. */
  async id(reference: string): Promise<string> {
    if (uuid.test(reference) || reference.startsWith('alias:')) return reference;
    const { items } = await this.call<Page<DescribedKey>>(
      'GET',
      `elastic-keys?${new URLSearchParams({ name: reference }).toString()}`,
    );
    const [key] = items;
    if (key) return key.id;
    throw new CommandFailure(`There is no key named ${JSON.stringify(reference)}.`);
  }
}

function refusal(answer: Answer): CommandFailure {
  const { code, fields } = (answer.body ?? {}) as { code?: string; fields?: { name: string; detail: string }[] };
  const more = (fields ?? []).slice(1).map(({ name, detail }) => `\n  ${name}: ${detail}`);
  const sealed = code === 'sealed' || code === 'uninitialized';
  const hint = sealed ? ' Open it with "cryptoutil kms unseal".' : '';
  return new CommandFailure(`The kms refused: ${problemText(answer)}${more.join('')}${hint}`, sealed ? SEALED : 1);
}
