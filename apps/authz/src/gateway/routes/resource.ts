import { decodeText, parseJsonObject } from '../server/parse-json.js';
import { header, type GatewayRequest } from '../server/request.js';

/** The call that a gateway asks about. */
export interface Resource {
  readonly url: string;
  /** Upper case; undefined when the gateway did not say. */
  readonly method?: string;
}

/** What the places where a URL may stand say together. */
export type ResourceReading = Resource | 'missing' | 'contradictory';

/**
 * The call that is asked about: from X-Forwarded-For (as the original's gateways send it), X-Original-URL, or the JSON body. A gateway
 * may pass on headers of the very request it asks about, so places that name different URLs are not weighed against each other but
 * refused. An X-Forwarded-For that is no URL but a list of addresses counts only when nothing else names one.
 */
export function readResource(request: GatewayRequest): ResourceReading {
  const forwarded = header(request, 'x-forwarded-for')?.trim();
  const original = header(request, 'x-original-url')?.trim();
  const body = request.body ? readBody(request.body) : undefined;
  const named = [original, body?.url, forwarded?.includes('/') ? forwarded : undefined].filter((url) => !!url);
  const url = named[0] ?? forwarded;
  if (!url) return 'missing';
  if (named.some((other) => other !== url)) return 'contradictory';
  const methods = [header(request, 'x-original-method')?.trim(), body?.method].filter((method) => !!method);
  const method = methods[0]?.toUpperCase();
  if (methods.some((other) => other?.toUpperCase() !== method)) return 'contradictory';
  return { url, method };
}

/** The URL that Envoy's ext_authz asks about: scheme and authority as Envoy forwards them, and the path behind the route's prefix. */
export function readEnvoyResource(request: GatewayRequest, prefix: string): ResourceReading {
  if (header(request, 'x-original-url')) return readResource(request);
  const authority = header(request, ':authority') ?? header(request, 'host');
  const scheme = header(request, 'x-forwarded-proto') ?? 'https';
  const target = (request.incoming.url ?? '').slice(prefix.length);
  if (!authority || !target.startsWith('/') || !/^https?$/.test(scheme)) return 'missing';
  return { url: `${scheme}://${authority}${target}`, method: request.method };
}

function readBody(body: Uint8Array): { url: string | undefined; method: string | undefined } | undefined {
  const source = decodeText(body);
  const value = source === undefined ? undefined : parseJsonObject(source);
  return value && { url: textOf(value.endpoint_url), method: textOf(value.method) };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value.trim() : undefined);
