import type { ChangeFeed, FeedFollower } from '../feed/change-feed.js';
import type { GatewayClient, GatewayClientStore } from './client.store.js';

/** The clients, from memory while that is fresh, else from the database. */
export class ClientDirectory implements FeedFollower {
  private clients = new Map<string, GatewayClient>();
  /** Clients that have changed and were not read since, with the number of the change. */
  private readonly changed = new Map<string, number>();
  private changes = 0;

  constructor(
    private readonly store: Pick<GatewayClientStore, 'all' | 'find'>,
    private readonly feed: Pick<ChangeFeed, 'isLive'>,
    private readonly onHit: () => void = () => undefined,
  ) {}

  /** Rejects when the database would have to be asked and does not answer. */
  find(clientId: string): GatewayClient | undefined | Promise<GatewayClient | undefined> {
    if (this.feed.isLive && !this.changed.has(clientId)) {
      this.onHit();
      return this.clients.get(clientId);
    }
    // PostgreSQL has no text with NUL in it, so there is no such client.
    return clientId.includes('\0') ? undefined : this.store.find(clientId);
  }

  notice(clientId: string): void {
    void this.refresh(clientId);
  }

  async resync(): Promise<void> {
    const before = this.changes;
    const clients = new Map((await this.store.all()).map((client) => [client.clientId, client]));
    this.clients = clients;
    for (const [clientId, change] of this.changed) {
      if (change <= before) this.changed.delete(clientId);
      else void this.refresh(clientId);
    }
  }

  /** Reads one client anew. Until that has worked, the database is asked for it. */
  async refresh(clientId: string): Promise<void> {
    const change = ++this.changes;
    this.changed.set(clientId, change);
    try {
      const client = await this.store.find(clientId);
      // A later change has its own reading, and this one may be older.
      if (this.changed.get(clientId) !== change) return;
      if (client) this.clients.set(clientId, client);
      else this.clients.delete(clientId);
      this.changed.delete(clientId);
    } catch {
      // It stays marked; the next change or resync reads it.
    }
  }
}
