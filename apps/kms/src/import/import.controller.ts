import { Controller, Post, UseInterceptors } from '@nestjs/common';
import { ZodBody, ZodParam, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { MayWrite } from '../access/may.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { DescribeElasticKey } from '../elastic-keys/describe-elastic-key.js';
import { describeKey, elasticKeyAnswer } from '../elastic-keys/elastic-keys.schema.js';
import { wrappedImport, wrappingKeyAnswer } from './import.schema.js';
import { ImportElasticKey } from './import-elastic-key.js';
import { WrappingKeys } from './wrapping-keys.js';

/** Bringing keys in that were made elsewhere. */
@ApiTags('import')
@Controller(apiPaths(''))
@UseInterceptors(RequireUnsealed)
export class ImportController {
  constructor(
    private readonly keys: WrappingKeys,
    private readonly importing: ImportElasticKey,
    private readonly describe: DescribeElasticKey,
  ) {}

  @Post('wrapping-keys')
  @MayWrite()
  @ZodResponse(201, wrappingKeyAnswer, 'A public key for one import within 30 minutes')
  async wrappingKey(@CurrentCaller() caller: Caller) {
    caller.note.operation = 'wrapping key';
    const { id, publicKey, expiresAt } = await this.keys.issue(caller.tenant);
    return {
      id,
      algorithm: 'RSA-OAEP-256+A256KWP' as const,
      public_key: publicKey,
      expires_at: expiresAt.toISOString(),
    };
  }

  @Post('elastic-keys/:id/import')
  @MayWrite()
  @ZodResponse(200, elasticKeyAnswer, 'The key with the imported version')
  async importVersion(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodBody(wrappedImport) body: z.output<typeof wrappedImport>,
  ) {
    Object.assign(caller.note, { operation: 'import', keyId: id });
    const { key } = await this.describe.execute(caller, id);
    return describeKey(await this.importing.version(caller, key.id, body));
  }
}
