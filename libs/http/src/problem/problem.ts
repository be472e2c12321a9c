import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** One field of the request that is wrong. `name` is its path in the request (`items.0.reference`), empty for the whole. */
export interface ProblemField {
  name: string;
  detail: string;
}

export interface ProblemOptions {
  /** HTTP status, 400 to 599. */
  status: number;
  /** Stable, for programs: `key_not_found`. */
  code: string;
  /** Constant text, for people. Never anything secret, and nothing that tells more than `code` does about others' data. */
  detail: string;
  headers?: Readonly<Record<string, string>>;
  fields?: readonly ProblemField[];
  /** Further members of the document (RFC 9457 §3.2), for instance the index of a refused share. */
  extensions?: Readonly<Record<string, unknown>>;
  /** For the log only. */
  cause?: unknown;
}

/** Throw it anywhere while a request is served: it becomes the problem document that is the answer (RFC 9457). */
export class Problem extends HttpException {
  readonly code: string;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: readonly ProblemField[] | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(options: ProblemOptions) {
    super(options.detail, options.status, { cause: options.cause });
    this.name = 'Problem';
    this.code = options.code;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
    this.fields = options.fields;
    this.extensions = options.extensions ?? {};
  }

  /** The members of the document, without the id of the request. */
  document(): Record<string, unknown> {
    const status = this.getStatus();
    return {
      ...this.extensions,
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      code: this.code,
      detail: this.detail,
      ...(this.fields ? { fields: this.fields } : {}),
    };
  }
}

/** 503 with Retry-After: something this service depends on is away for now. `code` default `unavailable`. */
export function unavailable(detail: string, retryAfterSeconds = 2, code = 'unavailable'): Problem {
  return new Problem({
    status: 503,
    code,
    detail,
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterSeconds))) },
  });
}

/** 404 `not_found`. Use the same text for "is not there" and "is not yours". */
export function notFound(detail = 'There is nothing here.', code = 'not_found'): Problem {
  return new Problem({ status: 404, code, detail });
}
