import { Module } from '@nestjs/common';
import { AdminMetricsController } from './admin-metrics.controller.js';
import { ReadMetrics } from './read-metrics.js';
import { RequestCounts } from './request-counts.js';

/** `/api/v1/admin/metrics`. `RequestCounts` is exported for the start, which puts its middleware before every route. */
@Module({ controllers: [AdminMetricsController], providers: [ReadMetrics, RequestCounts], exports: [RequestCounts] })
export class AdminMetricsModule {}
