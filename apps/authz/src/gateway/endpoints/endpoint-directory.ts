import type { ChangeFeed, FeedFollower } from '../feed/change-feed.js';
import type { EndpointStore } from './endpoint.store.js';
import { EndpointTable } from './endpoint-table.js';

/** The active endpoints, from memory while that is fresh, else from the database. */
export class EndpointDirectory implements FeedFollower {
  private table = new EndpointTable([]);
  private changes = 0;
  private readAt = 0;

  constructor(
    private readonly store: Pick<EndpointStore, 'active'>,
    private readonly feed: Pick<ChangeFeed, 'isLive'>,
    private readonly onHit: () => void = () => undefined,
  ) {}

  /** Rejects when the database would have to be asked and does not answer. */
  current(): EndpointTable | Promise<EndpointTable> {
    if (!this.feed.isLive || this.readAt < this.changes) return this.read();
    this.onHit();
    return this.table;
  }

  notice(): void {
    void this.refresh();
  }

  async resync(): Promise<void> {
    await this.read();
  }

  /** Reads them anew. Until that has worked, the database is asked. */
  async refresh(): Promise<void> {
    this.changes += 1;
    await this.read().catch(() => undefined);
  }

  private async read(): Promise<EndpointTable> {
    const { changes } = this;
    const table = new EndpointTable(await this.store.active());
    if (changes >= this.readAt) {
      this.table = table;
      this.readAt = changes;
    }
    return table;
  }
}
