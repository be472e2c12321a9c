import { Controller, Delete, Post, Put, UseInterceptors } from '@nestjs/common';
import { ZodBody, ZodParam, ZodQuery, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import { type Caller, requireAdministrator } from '../access/caller.js';
import { MayAdminister, MayWrite } from '../access/may.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { DescribeElasticKey } from './describe-elastic-key.js';
import { deleteElasticKeyQuery, describeKey, elasticKeyAnswer, updateElasticKeyBody } from './elastic-keys.schema.js';
import { SwitchElasticKey } from './switch-elastic-key.js';

/** Changing what is known of a key and whether it may be used. */
@ApiTags('elastic keys')
@Controller(apiPaths('elastic-keys/:id'))
@UseInterceptors(RequireUnsealed)
export class KeyStatesController {
  constructor(
    private readonly switching: SwitchElasticKey,
    private readonly describe: DescribeElasticKey,
  ) {}

  @Put()
  @MayWrite()
  @ZodResponse(200, elasticKeyAnswer, 'The key as it is now')
  update(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodBody(updateElasticKeyBody) body: z.output<typeof updateElasticKeyBody>,
  ) {
    return this.#changed(caller, id, 'update', () => {
      if (body.access !== undefined) requireAdministrator(caller);
      return this.switching.update(caller, id, body);
    });
  }

  @Post('enable')
  @MayWrite()
  @ZodResponse(200, elasticKeyAnswer, 'The key is enabled')
  enable(@CurrentCaller() caller: Caller, @ZodParam('id', z.string()) id: string) {
    return this.#changed(caller, id, 'enable', () => this.switching.switchTo(caller, id, 'enabled'));
  }

  @Post('disable')
  @MayWrite()
  @ZodResponse(200, elasticKeyAnswer, 'The key is disabled')
  disable(@CurrentCaller() caller: Caller, @ZodParam('id', z.string()) id: string) {
    return this.#changed(caller, id, 'disable', () => this.switching.switchTo(caller, id, 'disabled'));
  }

  @Delete()
  @MayAdminister()
  @ZodResponse(200, elasticKeyAnswer, 'The key does nothing from now on, and is destroyed at `delete_after`')
  remove(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodQuery(deleteElasticKeyQuery) { days }: z.output<typeof deleteElasticKeyQuery>,
  ) {
    return this.#changed(caller, id, 'delete', () => this.switching.scheduleDeletion(caller, id, days));
  }

  @Post('restore')
  @MayAdminister()
  @ZodResponse(200, elasticKeyAnswer, 'The deletion is taken back; the key is disabled')
  restore(@CurrentCaller() caller: Caller, @ZodParam('id', z.string()) id: string) {
    return this.#changed(caller, id, 'restore', () => this.switching.restore(caller, id));
  }

  async #changed(caller: Caller, id: string, operation: string, change: () => Promise<unknown>) {
    caller.note.operation = operation;
    await change();
    return describeKey(await this.describe.execute(caller, id));
  }
}
