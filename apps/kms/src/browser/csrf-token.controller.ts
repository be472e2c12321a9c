import { Controller, Get, Req, Res } from '@nestjs/common';
import { CurrentAccessToken, RequireAccessToken, ZodResponse } from '@cryptoutil/http';
import { type AccessTokenClaims, bearerToken } from '@cryptoutil/oauth';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { browserPath } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { CSRF_HEADER } from './browser-cors.js';
import { browserCookie, csrfToken, newBrowserCookie, setBrowserCookie } from './csrf-token.js';

const csrfAnswer = z.object({
  csrf_token: z.string().describe('Good for this access token in this browser.'),
  header: z.literal(CSRF_HEADER).describe('Where it is sent.'),
  expires_at: z.iso.datetime().describe('End of the access token; a new one needs a new CSRF token.'),
});

/** What a page fetches before it changes anything. Answered while sealed too: it needs no key. */
@ApiTags('browser')
@Controller(browserPath('csrf-token'))
export class CsrfTokenController {
  @Get()
  @RequireAccessToken()
  @ZodResponse(200, csrfAnswer, 'The CSRF token, and a cookie that belongs to it')
  csrfToken(
    @CurrentCaller() caller: Caller,
    @CurrentAccessToken() claims: AccessTokenClaims,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): z.input<typeof csrfAnswer> {
    caller.note.operation = 'csrf token';
    // Kept when it is there: several windows of one browser do not disturb each other.
    const cookie = browserCookie(request.headers.cookie) ?? newBrowserCookie();
    response.setHeader('Set-Cookie', setBrowserCookie(cookie));
    const token = bearerToken(request.headers.authorization) ?? '';
    return {
      csrf_token: csrfToken(token, cookie),
      header: CSRF_HEADER,
      expires_at: new Date(claims.exp * 1000).toISOString(),
    };
  }
}
