import { Public } from '@cryptoutil/http';
import { Controller, Get, Req, Res, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { cookieNames, readCookie } from '../forms/cookies.js';
import { Forms } from '../forms/forms.js';
import { PageErrors } from '../pages/page-errors.filter.js';
import { PageResponder } from '../pages/page-responder.js';
import { Sessions } from '../sessions/sessions.js';
import { signOutUse } from '../sign-out/sign-out-use.js';
import { HomePage, NobodyPage } from './home-page.js';

/** `/`: who is signed in in this browser. */
@ApiExcludeController()
@Public()
@UseFilters(PageErrors)
@Controller()
export class HomeController {
  constructor(
    private readonly sessions: Sessions,
    private readonly forms: Forms,
    private readonly pages: PageResponder,
  ) {}

  @Get()
  async show(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { host } = this.pages;
    const session = await this.sessions.find(readCookie(request, cookieNames.session));
    if (!session) return this.pages.send(response, <NobodyPage host={host} />);
    const formToken = this.forms.token(request, response, signOutUse(session));
    this.pages.send(response, <HomePage host={host} formToken={formToken} person={session} />);
  }
}
