import { Injectable } from '@nestjs/common';
import type { Reject } from './login-request.schema.js';
import { OpenLoginRequests } from './open-login-request.js';
import { ReleaseAnswer } from './release-answer.js';

/** Ends a request the person turned down; the client learns it by an OAuth error (RFC 6749 §4.1.2.1). */
@Injectable()
export class RejectLoginRequest {
  constructor(
    private readonly requests: OpenLoginRequests,
    private readonly release: ReleaseAnswer,
  ) {}

  async reject(challenge: string, { error, error_description }: Reject): Promise<{ redirect_to: string }> {
    const request = await this.requests.open(challenge);
    const description = error_description ?? 'The person turned the request down.';
    return { redirect_to: await this.release.release(request, { result: { error, error_description: description } }) };
  }
}
