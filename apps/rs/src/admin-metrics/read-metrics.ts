import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AdminMetrics } from './admin-metrics.schema.js';
import { RequestCounts } from './request-counts.js';

/** What a pg.Pool tells of itself. */
interface Pool {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
  options: { max: number };
}

/** The figures of this process: nothing is estimated or carried over from others. */
@Injectable()
export class ReadMetrics {
  constructor(
    private readonly requests: RequestCounts,
    private readonly dataSource: DataSource,
  ) {}

  run(): AdminMetrics {
    const { rss, heapUsed } = process.memoryUsage();
    const pool = (this.dataSource.driver as { master?: Pool }).master;
    return {
      service: 'rs',
      uptime_seconds: Math.round(process.uptime()),
      requests: { total: this.requests.total, by_route: this.requests.all() },
      memory: { rss_bytes: rss, heap_used_bytes: heapUsed },
      database_pool: {
        maximum: pool?.options.max ?? 0,
        open: pool?.totalCount ?? 0,
        idle: pool?.idleCount ?? 0,
        waiting: pool?.waitingCount ?? 0,
      },
    };
  }
}
