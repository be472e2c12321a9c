import { Controller, Post } from '@nestjs/common';
import { base64url, randomBytes } from '@cryptoutil/crypto';
import { RequireScope, ZodBody, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { base64urlField } from './base64url-field.js';

const randomBody = z.strictObject({ bytes: z.number().int().min(1).max(1024) });
const randomAnswer = z.object({ random: base64urlField });

/** Random bytes of the operating system's generator; they need no key and no seal. */
@ApiTags('operations')
@Controller(apiPaths('random'))
export class RandomController {
  @Post()
  @RequireScope('kms:generate')
  @ZodResponse(200, randomAnswer, 'Fresh random bytes')
  random(@CurrentCaller() caller: Caller, @ZodBody(randomBody) { bytes }: z.output<typeof randomBody>) {
    caller.note.operation = 'random';
    return { random: base64url.encode(randomBytes(bytes)) };
  }
}
