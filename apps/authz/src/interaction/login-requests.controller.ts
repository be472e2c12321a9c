import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { RequireIdentity, ZodBody, ZodResponse } from '@cryptoutil/http';
import { AcceptConsentRequest } from './accept-consent.js';
import { AcceptLoginRequest } from './accept-login.js';
import {
  acceptConsentSchema,
  acceptedLoginSchema,
  acceptLoginSchema,
  loginRequestSchema,
  redirectSchema,
  rejectSchema,
  type AcceptConsent,
  type AcceptedLogin,
  type AcceptLogin,
  type LoginRequestView,
  type Reject,
} from './login-request.schema.js';
import { RejectLoginRequest } from './reject-login-request.js';
import { ShowLoginRequest } from './show-login-request.js';

/** The hand-over, seen from idp: nobody else may look at or answer a login request. */
@Controller('internal/v1/login-requests/:challenge')
@RequireIdentity('idp')
export class LoginRequestsController {
  constructor(
    private readonly showLoginRequest: ShowLoginRequest,
    private readonly acceptLoginRequest: AcceptLoginRequest,
    private readonly acceptConsentRequest: AcceptConsentRequest,
    private readonly rejectLoginRequest: RejectLoginRequest,
  ) {}

  @Get()
  @ZodResponse(200, loginRequestSchema, 'What may be shown of the request')
  show(@Param('challenge') challenge: string): Promise<LoginRequestView> {
    return this.showLoginRequest.show(challenge);
  }

  @Post('accept-login')
  @HttpCode(200)
  @ZodResponse(200, acceptedLoginSchema, 'Ask for consent, or send the browser on')
  acceptLogin(
    @Param('challenge') challenge: string,
    @ZodBody(acceptLoginSchema) login: AcceptLogin,
  ): Promise<AcceptedLogin> {
    return this.acceptLoginRequest.accept(challenge, login);
  }

  @Post('accept-consent')
  @HttpCode(200)
  @ZodResponse(200, redirectSchema, 'Where to send the browser')
  acceptConsent(
    @Param('challenge') challenge: string,
    @ZodBody(acceptConsentSchema) consent: AcceptConsent,
  ): Promise<{ redirect_to: string }> {
    return this.acceptConsentRequest.accept(challenge, consent);
  }

  @Post('reject')
  @HttpCode(200)
  @ZodResponse(200, redirectSchema, 'Where to send the browser')
  reject(
    @Param('challenge') challenge: string,
    @ZodBody(rejectSchema) rejection: Reject,
  ): Promise<{ redirect_to: string }> {
    return this.rejectLoginRequest.reject(challenge, rejection);
  }
}
