import { request, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { KmsRefused, KmsUnavailable, type UnavailableReason } from './errors.js';
import { problem } from './wire.js';

/** Where the kms is and how it is reached. */
export interface KmsConnectionOptions {
  /** Its public URL without path, for instance `https://localhost:9090`. */
  baseUrl: string;
  /** An mTLS agent that presents the identity of the caller. */
  dispatcher: Dispatcher;
  /** Longest time for one call with its retry, in milliseconds. */
  timeoutMs?: number;
}

/** A call. All calls of this client may be repeated without harm. */
export interface KmsCall {
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Status, headers and body of an answer that is no error of the connection. */
export interface KmsAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A peer that closes a kept-alive connection while a call goes out on it is seen as one of these. */
const closedByPeer = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
const tooLate = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT']);

/** Makes calls to the kms and sorts what can go wrong into `KmsUnavailable` and `KmsRefused`. */
export class KmsConnection {
  readonly #origin: string;
  readonly #dispatcher: Dispatcher;
  readonly #timeoutMs: number;

  constructor({ baseUrl, dispatcher, timeoutMs = 5000 }: KmsConnectionOptions) {
    this.#origin = baseUrl.replace(/(?<!\/)\/+$/, '');
    this.#dispatcher = dispatcher;
    this.#timeoutMs = timeoutMs;
  }

  /** The answer in the given shape. An answer of another shape counts as unavailable: a proxy in the way, a wrong URL. */
  async json<S extends z.ZodType>(call: KmsCall, shape: S): Promise<z.output<S>> {
    return this.read(await this.successful(call), shape);
  }

  /** Reads the body of an answer. */
  read<S extends z.ZodType>(answer: KmsAnswer, shape: S): z.output<S> {
    const parsed = shape.safeParse(parseJson(answer.text));
    if (!parsed.success) throw new KmsUnavailable('unavailable', undefined, { cause: parsed.error });
    return parsed.data;
  }

  /** An answer below 400. */
  async successful(call: KmsCall): Promise<KmsAnswer> {
    const answer = await this.send(call);
    if (answer.status < 400) return answer;
    const code = problem.safeParse(parseJson(answer.text)).data?.code;
    if (answer.status >= 500 && code !== 'integrity') throw new KmsUnavailable(reasonOf(code), retryAfter(answer));
    if (answer.status === 429) throw new KmsUnavailable('overloaded', retryAfter(answer));
    throw new KmsRefused(code ?? `http_${answer.status}`, answer.status);
  }

  /** Any answer at all. Errors: `KmsUnavailable`. */
  async send(call: KmsCall): Promise<KmsAnswer> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await this.#once(call, signal).catch((error: unknown) => {
        if (!closedByPeer.has(codeOf(error))) throw error;
        return this.#once(call, signal);
      });
    } catch (cause) {
      throw new KmsUnavailable(signal.aborted || tooLate.has(codeOf(cause)) ? 'timeout' : 'unreachable', undefined, {
        cause,
      });
    }
  }

  async #once({ method, path, body, headers = {} }: KmsCall, signal: AbortSignal): Promise<KmsAnswer> {
    const answer = await request(this.#origin + path, {
      method,
      dispatcher: this.#dispatcher,
      signal,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }
}

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

const reasonOf = (code: string | undefined): UnavailableReason =>
  code === 'sealed' || code === 'uninitialized' ? code : 'unavailable';

const retryAfter = ({ headers }: KmsAnswer): number | undefined => {
  const seconds = Number(headers['retry-after']);
  return Number.isInteger(seconds) && seconds > 0 ? seconds : undefined;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
