import { authorization as authorizationOf, header, type GatewayRequest } from '../server/request.js';
import { decodeText, parseJsonObject } from '../server/parse-json.js';

/** The fields of a token request; null and absent are the same. */
export interface TokenForm {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly grantType?: string;
}

const FIELDS = { client_id: 'clientId', client_secret: 'clientSecret', grant_type: 'grantType' } as const;

/**
 * Reads a token request. A body that begins like a JSON object is JSON whatever its Content-Type says; else a form, if it says so. The
 * client may show its credentials by HTTP Basic (RFC 6749 §2.3.1) instead, but not in both places. Undefined when it cannot be read.
 */
export function readTokenForm(request: GatewayRequest): TokenForm | undefined {
  const source = request.body && decodeText(request.body);
  if (!source) return undefined;
  const isForm =
    !/^\s*\{/.test(source) && header(request, 'content-type')?.startsWith('application/x-www-form-urlencoded');
  const form = isForm ? fromForm(source) : fromJson(source);
  const authorization = authorizationOf(request);
  if (!form || !authorization || !/^basic /i.test(authorization)) return form;
  const basic = fromBasic(authorization.slice(6).trim());
  if (!basic || form.clientSecret !== undefined || (form.clientId ?? basic.clientId) !== basic.clientId)
    return undefined;
  return { ...form, ...basic };
}

function fromJson(source: string): TokenForm | undefined {
  const value = parseJsonObject(source);
  if (!value) return undefined;
  const form: Record<string, string> = {};
  for (const [wire, name] of Object.entries(FIELDS)) {
    const field = value[wire] ?? undefined;
    if (field === undefined) continue;
    if (typeof field !== 'string') return undefined;
    form[name] = field;
  }
  return form;
}

function fromForm(source: string): TokenForm | undefined {
  const parameters = new URLSearchParams(source);
  const form: Record<string, string> = {};
  for (const [wire, name] of Object.entries(FIELDS)) {
    const values = parameters.getAll(wire);
    if (values.length > 1) return undefined;
    if (values[0] !== undefined) form[name] = values[0];
  }
  return form;
}

function fromBasic(encoded: string): { clientId: string; clientSecret: string } | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  const pair = bytes.toString('base64') === encoded ? decodeText(bytes) : undefined;
  const colon = pair?.indexOf(':') ?? -1;
  if (pair === undefined || colon < 1) return undefined;
  try {
    const [clientId, clientSecret] = [pair.slice(0, colon), pair.slice(colon + 1)].map((part) =>
      decodeURIComponent(part.replaceAll('+', ' ')),
    );
    return { clientId: clientId!, clientSecret: clientSecret! };
  } catch {
    return undefined;
  }
}
