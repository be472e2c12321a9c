import { randomToken } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { Answer } from './answer.js';
import { HandOverHash, loginPurpose } from './hand-over-hash.js';
import { LoginRequestStore } from './login-request.store.js';
import { unknownLoginRequest, type OpenLoginRequest } from './open-login-request.js';

/** A verifier goes from idp through one redirect back here; a minute is plenty. */
const verifierTtlSeconds = 60;

/** Closes a login request and answers the address that releases it, once, to the browser that began it. */
@Injectable()
export class ReleaseAnswer {
  constructor(
    private readonly store: LoginRequestStore,
    private readonly hash: HandOverHash,
  ) {}

  async release({ payload, challengeHash }: OpenLoginRequest, answer: Answer): Promise<string> {
    const verifier = randomToken();
    const resume = new URL(payload.returnTo);
    const uidHash = this.hash.uid(resume.pathname.split('/').at(-1) ?? '');
    const verifierHash = this.hash.verifier(loginPurpose, uidHash, verifier);
    if (!(await this.store.answer(challengeHash, answer, verifierHash, verifierTtlSeconds)))
      throw unknownLoginRequest();
    resume.searchParams.set('login_verifier', verifier);
    return resume.href;
  }
}
