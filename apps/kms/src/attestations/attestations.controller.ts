import { Controller, HttpCode, Post, Req, UseInterceptors } from '@nestjs/common';
import { RequireIdentity, ZodBody, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { noteOf } from '../access/audited-request.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { peerOf } from '../audit/audit-trail.js';
import { ATTESTATION_SIGNING } from '../internal-identities/internal-identities.js';
import { KmsSignature } from './kms-signature.js';

const attestationBody = z.strictObject({
  purpose: z
    .string()
    .regex(/^[a-z0-9 .-]{1,64}$/)
    .describe('What kind of document it is; bound by the signature.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Hash of the document, hexadecimal.'),
});
const attestationAnswer = z.object({
  signature: z.string().describe('Compact JWS over purpose, hash and the time of the key service.'),
  keys: z.array(z.looseObject({ kid: z.string() })),
});

/** Puts on record that operators had a document at a time: the kms signs its hash, never a token or a message. */
@ApiTags('administration')
@Controller('/admin/v1/attestations')
@UseInterceptors(RequireUnsealed)
export class AttestationsController {
  constructor(private readonly signature: KmsSignature) {}

  @Post()
  @HttpCode(200)
  @RequireIdentity('ops')
  @ZodResponse(200, attestationAnswer, 'The signature, and the public keys that verify it')
  async attest(@Req() request: Request, @ZodBody(attestationBody) body: z.output<typeof attestationBody>) {
    Object.assign(noteOf(request), { operation: 'attest', who: peerOf(request) });
    const { jws, keys } = await this.signature.over(
      { ...body, at: new Date().toISOString() },
      { ...ATTESTATION_SIGNING, typ: 'kms-attestation' },
    );
    return { signature: jws, keys };
  }
}
