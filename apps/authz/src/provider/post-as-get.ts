import { Problem, readBytes } from '@cryptoutil/http';
import type { Request, Response } from 'express';
import { isForBrowsers } from './routes.js';

/** Leaves room for the path and the other headers in the request that follows. */
const limitBytes = 8 * 1024;
const withinMs = 10_000;

/** Whether a browser brings by a form what the library takes from the query alone. */
export const isPostedForm = ({ method, path }: Request): boolean => method === 'POST' && isForBrowsers(path);

/**
 * Both endpoints serve POST as well as GET (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2). The browser is sent on with the same
 * parameters by GET, because it does not bring its `SameSite=Lax` cookies along with a form of another site: the library would not see
 * who is signed in.
 * @throws Problem 413 when the form is too large, 400 when the body is no form or does not come.
 */
export async function sendOnByGet(request: Request, response: Response): Promise<void> {
  if (!request.is('application/x-www-form-urlencoded'))
    throw invalidForm(400, 'The parameters must come as application/x-www-form-urlencoded.');
  const body = await readBytes(request, { limitBytes, withinMs });
  if (!body)
    throw invalidForm(413, `The form must come within ${withinMs / 1000} s and have at most ${limitBytes} bytes.`);
  const parameters = new URLSearchParams(body.toString('utf8'));
  response.setHeader('Cache-Control', 'no-store');
  response.redirect(303, `${request.path}?${parameters.toString()}`);
}

const invalidForm = (status: number, detail: string): Problem =>
  new Problem({ status, code: 'invalid_request', detail });
