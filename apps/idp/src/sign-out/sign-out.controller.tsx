import { Public } from '@cryptoutil/http';
import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { clearCookie, cookieNames, readCookie } from '../forms/cookies.js';
import { formBody, formFields } from '../forms/form-body.js';
import { Forms } from '../forms/forms.js';
import { PageErrors } from '../pages/page-errors.filter.js';
import { PageResponder } from '../pages/page-responder.js';
import type { SignedIn } from '../sessions/session.store.js';
import { Sessions } from '../sessions/sessions.js';
import { signOutUse } from './sign-out-use.js';
import { SignedOutPage, SignOutPage } from './sign-out-page.js';

const SIGNED_OUT = '/signed-out';
const signOutFormSchema = z.object({ form_token: formFields.form_token });

/** `/sign-out` asks and does it, `/signed-out` says that it is done. */
@ApiExcludeController()
@Public()
@UseFilters(PageErrors)
@Controller()
export class SignOutController {
  constructor(
    private readonly sessions: Sessions,
    private readonly forms: Forms,
    private readonly pages: PageResponder,
  ) {}

  @Get('sign-out')
  async ask(@Req() request: Request, @Res() response: Response): Promise<void> {
    const session = await this.sessions.find(readCookie(request, cookieNames.session));
    if (!session) return this.pages.seeOther(response, SIGNED_OUT);
    this.showForm(request, response, session);
  }

  @Post('sign-out')
  @HttpCode(303)
  async submit(@Req() request: Request, @Res() response: Response): Promise<void> {
    const form = formBody(request, signOutFormSchema);
    const session = await this.sessions.find(readCookie(request, cookieNames.session));
    if (session) {
      if (!this.forms.accepts(request, form.form_token, signOutUse(session))) {
        return this.showForm(request, response, session, true);
      }
      await this.sessions.end(session);
    }
    clearCookie(response, cookieNames.session);
    this.pages.seeOther(response, SIGNED_OUT);
  }

  @Get('signed-out')
  done(@Res() response: Response): void {
    this.pages.send(response, <SignedOutPage host={this.pages.host} />);
  }

  private showForm(request: Request, response: Response, session: SignedIn, forged = false): void {
    const formToken = this.forms.token(request, response, signOutUse(session));
    const page = <SignOutPage host={this.pages.host} formToken={formToken} person={session} forged={forged} />;
    this.pages.send(response, page, { status: forged ? 403 : 200 });
  }
}
