import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope, ZodResponse } from '@cryptoutil/http';
import { adminMetrics, type AdminMetrics } from './admin-metrics.schema.js';
import { ReadMetrics } from './read-metrics.js';

/** Figures for operators. */
@ApiTags('admin')
@Controller('api/v1/admin/metrics')
export class AdminMetricsController {
  constructor(private readonly readMetrics: ReadMetrics) {}

  @Get()
  @RequireScope('admin')
  @ApiOperation({ summary: 'Figures of this process since its start' })
  @ZodResponse(200, adminMetrics, 'The figures')
  read(): AdminMetrics {
    return this.readMetrics.run();
  }
}
