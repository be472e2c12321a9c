import {
  Controller,
  Get,
  Inject,
  Module,
  Res,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Public } from '../access/declarations.js';
import { ZodResponse } from '../input/zod-response.js';
import { ServiceInfo } from '../server/service-info.js';
import { Stopping } from '../server/stopping.js';
import type { HealthCheck } from './check.js';
import { HealthBoard } from './health-board.js';

/** Checks made of what the application provides. */
export interface InjectedHealthOptions {
  /** Modules that export what is injected; global providers need none. */
  imports?: ModuleMetadata['imports'];
  inject: NonNullable<FactoryProvider['inject']>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the types of what `inject` names
  useFactory: (...dependencies: any[]) => readonly HealthCheck[];
  paths?: readonly string[];
}

export interface HealthModuleOptions {
  checks: readonly HealthCheck[];
  /** Where the report is served; default `/health`. */
  paths?: readonly string[];
}

/** What the health route answers. */
export const healthSchema = z.object({
  status: z.enum(['ok', 'unavailable']),
  service: z.string(),
  version: z.string(),
  commit: z.string().optional(),
  checks: z.record(z.string(), z.object({ status: z.enum(['ok', 'failing']), detail: z.string().optional() })),
});
export type Health = z.infer<typeof healthSchema>;

const liveSchema = z.object({ status: z.literal('live') });

@ApiTags('health')
@Controller()
class LiveController {
  @Get('livez')
  @Public()
  @ApiOperation({ summary: 'Whether this process answers' })
  @ZodResponse(200, liveSchema, 'It does')
  livez(): z.infer<typeof liveSchema> {
    return { status: 'live' };
  }
}

/**
 * Serves `GET /health` to anyone: 200 when every check is well and the process is not stopping, else 503, in less than 100 ms in either case. `GET /livez` answers 200
 * as long as the process does: what restarts a service asks there, for a restart mends no database. `HealthBoard` is exported for
 * services that report in another shape as well.
 */
@Module({})
export class HealthModule {
  static forRoot({ checks, paths }: HealthModuleOptions): DynamicModule {
    return HealthModule.forRootAsync({ inject: [], useFactory: () => checks, paths });
  }

  /** As `forRoot`, with checks of injected providers. */
  static forRootAsync({ imports, inject, useFactory, paths = ['/health'] }: InjectedHealthOptions): DynamicModule {
    return {
      module: HealthModule,
      imports,
      controllers: paths.length > 0 ? [healthController([...paths]), LiveController] : [],
      providers: [
        {
          provide: HealthBoard,
          useFactory: (stopping: Stopping, ...found: unknown[]) =>
            new HealthBoard(useFactory(...found), () => stopping.hasBegun),
          inject: [Stopping, ...inject],
        },
      ],
      exports: [HealthBoard],
    };
  }
}

/** Nest takes paths from decorators, so the class is made when the paths are known. */
function healthController(paths: string[]): Type {
  @ApiTags('health')
  @Public()
  @Controller()
  class HealthController {
    constructor(
      @Inject(HealthBoard) private readonly board: HealthBoard,
      @Inject(ServiceInfo) private readonly service: ServiceInfo,
    ) {}

    @Get(paths)
    @ApiOperation({ summary: 'Whether this service and what it depends on are well' })
    @ZodResponse(503, healthSchema, 'Something it depends on is not well')
    @ZodResponse(200, healthSchema, 'All is well')
    async health(@Res({ passthrough: true }) response: Response): Promise<Health> {
      const { status, checks } = await this.board.report();
      const { name, version, commit } = this.service;
      if (status !== 'ok') response.status(503).setHeader('Retry-After', '2');
      return { status, service: name, version, ...(commit ? { commit } : {}), checks };
    }
  }
  return HealthController;
}
