import { readTextIfPresent } from '../../home/private-file.js';
import { parseRequestLine, type LoggedRequest } from '../../deploy/request-figures.js';
import { isServiceName } from '../../services/services.js';
import type { LogLine, Subject } from '../subject/subject.js';

/** What the logs of all processes say. */
export interface LogScan {
  readonly lines: number;
  readonly bytes: number;
  /**
   * Answered requests but those of health routes, and 503 among the services themselves: both are by design while something is away, as
   * at the first start, and what a client got of it is a request of its own.
   */
  readonly requests: readonly LoggedRequest[];
  /** Messages of level error and above with how often each came, most frequent first. */
  readonly errors: readonly (readonly [string, number])[];
  readonly crashes: readonly string[];
  readonly tlsErrors: readonly string[];
  /** Which sources hold which kind of secret; never the secret. */
  readonly leaks: readonly string[];
  readonly rateLimited: number;
  readonly refused: number;
}

/** Kinds of secrets by their form. */
const forms: readonly (readonly [string, RegExp])[] = [
  ['a JSON Web Token', /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an unseal share', /\bkms1-[A-Za-z0-9]+-\d+of\d+-t\d+-[A-Za-z0-9_-]{8,}/],
  ['bearer credentials', /\b(?:Bearer|DPoP|Basic) [A-Za-z0-9._~+/-]{16,}/],
  ['a password or client secret', /\b(?:password|client_secret)=[^&\s"'[]{4,}/],
];
const crash =
  /^(?:FATAL ERROR|Segmentation fault|panic:)|"level":"fatal"|uncaughtException|unhandledRejection|PANIC: {2}|terminated by signal/;
const tlsTrouble = /ERR_(?:SSL|TLS)_|UNABLE_TO_(?:VERIFY|GET)|SELF_SIGNED|CERT_(?:HAS_EXPIRED|NOT_YET)|ALTNAME_INVALID/;
const healthRoute = /\/(?:health|livez|readyz)$/;
const SHORTEST_SECRET = 16;

/** Reads every line once. `secrets` are looked for as they are, as are those in the files of the subject. */
export async function scanLogs(subject: Subject, secrets: readonly string[]): Promise<LogScan> {
  const known = [...new Set([...secrets, ...secretTexts(subject)])];
  const requests: LoggedRequest[] = [];
  const [errors, leaks] = [new Map<string, number>(), new Set<string>()];
  const [crashes, tlsErrors]: [string[], string[]] = [[], []];
  const counts = { lines: 0, bytes: 0, rateLimited: 0, refused: 0 };
  for await (const line of subject.logs()) {
    const { source, text } = line;
    counts.lines += 1;
    counts.bytes += text.length + 1;
    for (const [kind, form] of forms) if (form.test(text)) leaks.add(`${source}: ${kind}`);
    if (known.some((secret) => text.includes(secret))) leaks.add(`${source}: a secret that is in use`);
    const request = parseRequestLine(text);
    if (request && !healthRoute.test(routeOf(text)) && !(request.status === 503 && isServiceName(peerOf(text)))) {
      requests.push(request);
      if (request.status === 429) counts.rateLimited += 1;
      if (request.status === 401 || request.status === 403) counts.refused += 1;
    }
    if (crash.test(text)) crashes.push(source);
    if (tlsTrouble.test(text)) tlsErrors.push(source);
    const message = errorMessage(line);
    if (message) errors.set(message, (errors.get(message) ?? 0) + 1);
  }
  const sorted = [...errors].sort(([, a], [, b]) => b - a);
  return { ...counts, requests, errors: sorted, crashes, tlsErrors, leaks: [...leaks] };
}

function secretTexts({ secretFiles }: Subject): string[] {
  return secretFiles
    .filter((file) => !file.endsWith('.key') && !file.endsWith('.json'))
    .map((file) => (readTextIfPresent(file) ?? '').trim())
    .filter((text) => text.length >= SHORTEST_SECRET);
}

function routeOf(text: string): string {
  return /"route":"([^"]*)"/.exec(text)?.[1] ?? '';
}

function peerOf(text: string): string {
  return /"peer":"([^"]*)"/.exec(text)?.[1] ?? '';
}

function errorMessage({ source, text }: LogLine): string | undefined {
  if (!/"level":"(?:error|fatal)"/.test(text)) return undefined;
  const message = /"msg":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? 'without a message';
  return `${source}: ${message.slice(0, 120)}`;
}
