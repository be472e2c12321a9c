import type { ServiceInfo } from '@cryptoutil/http';
import { databaseReady } from '@cryptoutil/database';
import type { DataSource } from 'typeorm';
import type { ChangeFeed } from '../feed/change-feed.js';
import type { Answer } from '../server/answer.js';

/** `GET /health`: 200 while the API can do its work, which is while the database answers. */
export class ServiceHealth {
  constructor(
    private readonly info: ServiceInfo,
    private readonly dataSource: DataSource,
    private readonly feed: ChangeFeed,
  ) {}

  async report(): Promise<Answer> {
    // A live feed has heard from the database within the last second.
    const isWell = this.feed.isLive || (await databaseReady(this.dataSource));
    const body = JSON.stringify({
      status: isWell ? 'ok' : 'unavailable',
      service: 'auth-service',
      version: this.info.version,
      checks: {
        database: { status: isWell ? 'ok' : 'failing' },
        change_feed: { status: this.feed.isLive ? 'ok' : 'failing' },
      },
    });
    return isWell ? { status: 200, body } : { status: 503, body, headers: ['Retry-After', '1'] };
  }
}
