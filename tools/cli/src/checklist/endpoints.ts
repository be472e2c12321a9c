import { request } from 'undici';
import { serviceNames, services, type ServiceName } from '../services/services.js';
import type { CheckContext } from './context.js';
import type { Subject } from './subject/subject.js';

/** Every address that clients reach the suite at. */
export function endpointsOf({ urls }: Pick<Subject, 'urls'>): (readonly [string, string])[] {
  return [...serviceNames.map((name) => [name, urls[name]] as const), ['auth-service', urls.authService] as const];
}

/** The health route of each address. */
export const healthUrls = (subject: Pick<Subject, 'urls'>): (readonly [string, string])[] =>
  endpointsOf(subject).map(([name, url]) => [name, `${url}${services[name as ServiceName]?.readyPath ?? '/health'}`]);

/** An answer with its headers, and how long it took to its end. */
export interface TimedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly ms: number;
}

/** Sends one request. Any status is an answer; rejects when there is none. */
export async function send(
  { client }: Pick<CheckContext, 'client'>,
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<TimedAnswer> {
  const begun = performance.now();
  const { statusCode, headers, body } = await request(url, {
    dispatcher: client,
    method: options.method as 'GET' | undefined,
    headers: options.headers,
    body: options.body,
  });
  const text = await body.text();
  const flat = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status: statusCode,
    headers: Object.fromEntries(flat) as Record<string, string>,
    text,
    ms: performance.now() - begun,
  };
}

/** Asks each address one after the other; what is thrown becomes what is wrong with it. */
export async function wrongOf(
  endpoints: readonly (readonly [string, string])[],
  look: (name: string, url: string) => Promise<string | undefined>,
): Promise<string[]> {
  const found = await Promise.all(
    endpoints.map(([name, url]) => look(name, url).catch((error: unknown) => `does not answer (${codeOf(error)})`)),
  );
  return found.flatMap((reason, index) => (reason === undefined ? [] : [`${endpoints[index]![0]} ${reason}`]));
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}
