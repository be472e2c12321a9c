import { Agent } from 'undici';
import type { Reply, Suite } from './suite.fixture.js';

export const BASE = '/auth-server/v1/oauth';
export const usersUrl = 'http://api.example.com/v1/users';
const form = { client_id: 'test-client', client_secret: 'test-secret-123', grant_type: 'client_credentials' };

/** A client of the Auth Service that takes a connection that breaks for no answer at all. */
export class AuthServiceClient {
  constructor(
    private readonly suite: Suite,
    private readonly dispatcher: Agent | undefined = undefined,
  ) {}

  async token(url: string, kind: 'token' | 'ott' = 'token'): Promise<string | undefined> {
    const reply = await this.send(`${url}${BASE}/${kind}`, { json: form });
    return reply?.status === 200 ? reply.json.access_token : undefined;
  }

  ask(url: string, verb: 'validate' | 'revoke', token: string): Promise<Reply | undefined> {
    return this.send(`${url}${BASE}/${verb}`, { method: 'POST', token, headers: { 'x-forwarded-for': usersUrl } });
  }

  private send(url: string, options: Parameters<Suite['call']>[1]): Promise<Reply | undefined> {
    return this.suite.call(url, { ...options, dispatcher: this.dispatcher }).catch(() => undefined);
  }
}

/**
 * What the Auth Service has promised, written down outside of it: tokens that were answered 200 when they were issued, and tokens that
 * were answered 200 when they were revoked or used up. What got no answer is in neither.
 */
export class Ledger {
  readonly good = new Set<string>();
  readonly ended = new Set<string>();
  private checked = { good: 0, ended: 0 };

  constructor(private readonly client: AuthServiceClient) {}

  /** Issues, revokes and uses tokens until told to stop. */
  async work(url: () => string, goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      const kept = await this.client.token(url());
      if (kept) this.good.add(kept);
      const revoked = await this.client.token(url());
      if (revoked && (await this.client.ask(url(), 'revoke', revoked))?.status === 200) this.ended.add(revoked);
      const used = await this.client.token(url(), 'ott');
      if (used && (await this.client.ask(url(), 'validate', used))?.status === 200) this.ended.add(used);
    }
  }

  /** Promises that a replica does not keep: of all, or of those since the last call. */
  async broken(urls: readonly string[], which: 'new' | 'all'): Promise<string[]> {
    const from = which === 'all' ? { good: 0, ended: 0 } : this.checked;
    const faults: string[] = [];
    for (const [kind, tokens, expected] of [
      ['ended', [...this.ended].slice(from.ended), 401],
      ['good', [...this.good].slice(from.good), 200],
    ] as const) {
      for (let at = 0; at < tokens.length; at += 50) {
        const asked = tokens.slice(at, at + 50).flatMap((token) => urls.map((url) => ({ token, url })));
        const replies = await Promise.all(asked.map(({ token, url }) => this.client.ask(url, 'validate', token)));
        for (const reply of replies) if (reply?.status !== expected) faults.push(`${kind}: ${reply?.status}`);
      }
    }
    this.checked = { good: this.good.size, ended: this.ended.size };
    return faults;
  }
}
