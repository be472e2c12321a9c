import { Module } from '@nestjs/common';
import { KeyAccess } from '../access/key-access.js';
import { AuditModule } from '../audit/audit.module.js';
import { ElasticKeysModule } from '../elastic-keys/elastic-keys.module.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { operationController } from './operation-controller.js';
import { operationRoutes } from './operation-routes.js';
import { RandomController } from './random.controller.js';
import { CallRules } from './call-rules.js';
import { OperationDoor } from './operation-door.js';
import { RunOperation } from './run-operation.js';

/** What is done with elastic keys. */
@Module({
  imports: [AuditModule, ElasticKeysModule, UnsealModule],
  controllers: [...operationRoutes.map(operationController), RandomController],
  providers: [KeyAccess, RunOperation, CallRules, OperationDoor, ...operationRoutes.map(({ operation }) => operation)],
})
export class OperationsModule {}
