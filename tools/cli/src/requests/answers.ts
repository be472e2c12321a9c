import { readFileSync } from 'node:fs';
import { Agent, fetch, type Dispatcher } from 'undici';
import { CommandFailure } from '../command-failure.js';

/** What a person or a service shows when it connects. */
export interface ClientTls {
  readonly caFile: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** An answer with its body as JSON (undefined when the body is none). */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly body: T;
}

/** Should be thrown when a service could not be reached at all. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const HEADERS_WITHIN_MS = 10_000;

/** Connections that trust the internal authority alone and show a certificate when one is given. Close it after use. */
export function connectWith({ caFile, certFile, keyFile }: ClientTls): Agent {
  const read = (file: string | undefined): Buffer | undefined => (file === undefined ? undefined : readOrFail(file));
  return new Agent({
    headersTimeout: HEADERS_WITHIN_MS,
    bodyTimeout: HEADERS_WITHIN_MS,
    connect: { ca: read(caFile), cert: read(certFile), key: read(keyFile), timeout: 5_000 },
  });
}

/** The content of a file somebody named. Throws a `CommandFailure` that names it when it cannot be read. */
export function readOrFail(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

/** Sends JSON, or a form, and reads JSON. Any status is an answer; `Unreachable` is thrown when there is none. */
export async function ask<T = unknown>(
  dispatcher: Dispatcher,
  url: string,
  {
    method = 'GET',
    body,
    form,
    headers = {},
  }: { method?: string; body?: unknown; form?: URLSearchParams; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  try {
    const response = await fetch(url, {
      method,
      dispatcher,
      redirect: 'manual',
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(form && { body: form }),
    });
    return { status: response.status, body: parse(await response.text()) as T };
  } catch (error) {
    throw new Unreachable(`${new URL(url).origin} does not answer: ${reason(error)}`, { cause: error });
  }
}

/** What a problem+json body says, in a few words. */
export function problemText({ status, body }: Answer): string {
  const { detail, title, code, error_description: description } = (body ?? {}) as Record<string, unknown>;
  const text = [detail, description, title].find((each) => typeof each === 'string');
  return `HTTP ${status}${typeof code === 'string' ? ` ${code}` : ''}${text ? `: ${text}` : ''}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What fetch says is only that it failed; the cause says why. */
function reason(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
