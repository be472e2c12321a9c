import { Controller, Post, UseInterceptors } from '@nestjs/common';
import { base64url } from '@cryptoutil/crypto';
import { RequireScopeOrIdentity, ZodBody, ZodParam, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { keyHoldingIdentities as identities } from '../internal-identities/internal-identities.js';
import { Decrypt } from './decrypt.js';
import { Encrypt } from './encrypt.js';
import {
  decryptAnswer,
  decryptBody,
  encryptAnswer,
  encryptBody,
  signAnswer,
  signBatchAnswer,
  signBatchBody,
  signBody,
  verifyAnswer,
  verifyBody,
} from './operations.schema.js';
import { Sign } from './sign.js';
import { Verify } from './verify.js';

const keyId = z.string();

/** What is done with a key. */
@ApiTags('operations')
@Controller('/service/api/v1/elastic-keys/:id')
@UseInterceptors(RequireUnsealed)
export class OperationsController {
  constructor(
    private readonly encrypting: Encrypt,
    private readonly decrypting: Decrypt,
    private readonly signing: Sign,
    private readonly verifying: Verify,
  ) {}

  @Post('encrypt')
  @RequireScopeOrIdentity({ scope: 'kms:encrypt', identities })
  @ZodResponse(200, encryptAnswer, 'The encrypted message')
  encrypt(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', keyId) id: string,
    @ZodBody(encryptBody) body: z.output<typeof encryptBody>,
  ) {
    return this.encrypting.execute(caller, id, body);
  }

  @Post('decrypt')
  @RequireScopeOrIdentity({ scope: 'kms:decrypt', identities })
  @ZodResponse(200, decryptAnswer, 'The plaintext')
  async decrypt(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', keyId) id: string,
    @ZodBody(decryptBody) body: z.output<typeof decryptBody>,
  ) {
    const plaintext = await this.decrypting.execute(caller, id, body);
    const answer = { plaintext: base64url.encode(plaintext) };
    plaintext.fill(0);
    return answer;
  }

  @Post('sign')
  @RequireScopeOrIdentity({ scope: 'kms:sign', identities })
  @ZodResponse(200, signAnswer, 'A compact JWS for a payload, a raw signature for a signing input')
  sign(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', keyId) id: string,
    @ZodBody(signBody) body: z.output<typeof signBody>,
  ) {
    return this.signing.execute(caller, id, body);
  }

  @Post('sign\\:batch')
  @RequireScopeOrIdentity({ scope: 'kms:sign', identities })
  @ZodResponse(200, signBatchAnswer, 'A result or an error for each item, in order')
  signBatch(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', keyId) id: string,
    @ZodBody(signBatchBody) body: z.output<typeof signBatchBody>,
  ) {
    return this.signing.batch(caller, id, body);
  }

  @Post('verify')
  @RequireScopeOrIdentity({ scope: 'kms:verify', identities })
  @ZodResponse(200, verifyAnswer, 'Whether the message is genuine, and its payload')
  verify(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', keyId) id: string,
    @ZodBody(verifyBody) body: z.output<typeof verifyBody>,
  ) {
    return this.verifying.execute(caller, id, body);
  }
}
