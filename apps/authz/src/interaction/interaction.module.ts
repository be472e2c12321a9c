import { Module } from '@nestjs/common';
import { ProviderModule } from '../provider/provider.module.js';
import { AcceptConsentRequest } from './accept-consent.js';
import { AcceptLoginRequest } from './accept-login.js';
import { LoginRequestsController } from './login-requests.controller.js';
import { OpenLoginRequests } from './open-login-request.js';
import { RejectLoginRequest } from './reject-login-request.js';
import { ReleaseAnswer } from './release-answer.js';
import { ShowLoginRequest } from './show-login-request.js';

/** The hand-over to idp and back (architecture decision 1). */
@Module({
  imports: [ProviderModule],
  controllers: [LoginRequestsController],
  providers: [
    OpenLoginRequests,
    ShowLoginRequest,
    AcceptLoginRequest,
    AcceptConsentRequest,
    RejectLoginRequest,
    ReleaseAnswer,
  ],
})
export class InteractionModule {}
