import { request, type Dispatcher } from 'undici';
import { AuthorizationServerUnavailable } from './errors.js';

export interface JsonAnswer {
  status: number;
  body: unknown;
  /** Seconds the answer may be kept (RFC 9111 §5.2.2), undefined when it does not say. */
  maxAgeSeconds?: number;
  /** Seconds of a Retry-After header in its delta form. */
  retryAfterSeconds?: number;
}

export interface JsonRequest {
  dispatcher: Dispatcher;
  /** Form parameters: makes the request a POST. */
  form?: Record<string, string>;
  timeoutMs: number;
  maximumBytes: number;
}

const only = (header: string | string[] | undefined): string =>
  Array.isArray(header) ? header.join(', ') : (header ?? '');

function maxAge(cacheControl: string): number | undefined {
  const directives = cacheControl
    .toLowerCase()
    .split(',')
    .map((one) => one.trim());
  if (directives.some((one) => one === 'no-store' || one.startsWith('no-cache'))) return 0;
  const found = directives
    .map((one) => /^max-age="?(\d{1,9})"?$/.exec(one)?.[1])
    .find((seconds) => seconds !== undefined);
  return found === undefined ? undefined : Number(found);
}

async function bounded(body: Dispatcher.ResponseData['body'], maximumBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maximumBytes) throw new Error(`answer exceeds ${maximumBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const parsed = (contentType: string, text: string): unknown => {
  if (!/^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i.test(contentType)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * One request to the authorization server, bounded in time and size; redirects are not followed.
 *
 * `body` is undefined unless the answer is JSON by its media type and syntax.
 *
 * @throws AuthorizationServerUnavailable when there is no answer in time, it is too large, or it is 429 or 5xx
 */
export async function requestJson(
  url: string,
  { dispatcher, form, timeoutMs, maximumBytes }: JsonRequest,
): Promise<JsonAnswer> {
  let answer: JsonAnswer;
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      method: form ? 'POST' : 'GET',
      headers: { accept: 'application/json', ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
      body: form && new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const retryAfter = /^\d{1,9}$/.exec(only(headers['retry-after']))?.[0];
    answer = {
      status: statusCode,
      body: parsed(only(headers['content-type']), await bounded(body, maximumBytes)),
      maxAgeSeconds: maxAge(only(headers['cache-control'])),
      retryAfterSeconds: retryAfter === undefined ? undefined : Math.min(Math.max(Number(retryAfter), 1), 120),
    };
  } catch (cause) {
    throw new AuthorizationServerUnavailable(
      `${url}: ${cause instanceof Error ? cause.message : String(cause)}`,
      undefined,
      { cause },
    );
  }
  if (answer.status === 429 || answer.status >= 500) {
    throw new AuthorizationServerUnavailable(`${url} answered ${answer.status}`, answer.retryAfterSeconds);
  }
  return answer;
}
