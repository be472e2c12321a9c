const REDACTED = '[redacted]';
const MAX_DEPTH = 8;
const MAX_ITEMS = 100;
const MAX_TEXT = 8192;

/** Names are compared without case, `-` and `_`, so that header, wire and code spellings are one. */
const secretNames = new Set(
  [
    'authorization',
    'proxy_authorization',
    'cookie',
    'set_cookie',
    'code',
    'dpop',
    'assertion',
    'client_assertion',
    'id_token_hint',
    'device_code',
    'user_code',
    'recovery_code',
    'otp',
    'totp',
    'csrf',
    'passphrase',
    'private_key',
    'private_key_pem',
    'plaintext',
    'share',
    'shares',
    'request_uri',
    'login_challenge',
    'login_verifier',
  ].map(canonical),
);
const secretEndings = [
  'password',
  'passwd',
  'secret',
  'secrets',
  'token',
  'tokens',
  'verifier',
  'credential',
  'credentials',
];
/** The private members of a JSON Web Key (RFC 7518 §6.2.2, §6.3.2, §6.4; RFC 9864 `priv`). */
const privateJwkMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']);

/** Field names are few and come again with every line; the bound is for names that a client makes up. */
const verdicts = new Map<string, boolean>();
const MAX_VERDICTS = 2000;

const secretText: readonly [RegExp, string][] = [
  [/\b(Bearer|DPoP|Basic)\s+[A-Za-z0-9._~+/-]{8,}=*/gi, `$1 ${REDACTED}`],
  [/\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){2,4}/g, REDACTED],
  [
    /\b((?:access_|refresh_|id_)?token|id_token_hint|client_secret|client_assertion|assertion|password|code|code_verifier|login_verifier|device_code|user_code|request_uri)=[^&\s"']+/gi,
    `$1=${REDACTED}`,
  ],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, REDACTED],
];

/** Every pattern above needs one of these; most texts of a log have none. */
const suspicious = /=|eyJ|-----BEGIN|(?:bearer|dpop|basic)\s/i;

function canonical(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Whether a value held under this name must never be written to a log. */
export function isSecretName(name: string): boolean {
  let secret = verdicts.get(name);
  if (secret === undefined) {
    const plain = canonical(name);
    secret = secretNames.has(plain) || secretEndings.some((ending) => plain.endsWith(ending));
    if (verdicts.size < MAX_VERDICTS) verdicts.set(name, secret);
  }
  return secret;
}

/** The text with bearer credentials, JWTs, private keys and secret form parameters replaced by `[redacted]`. */
export function redactText(text: string): string {
  let safe = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  if (!suspicious.test(safe)) return safe;
  for (const [pattern, replacement] of secretText) safe = safe.replace(pattern, replacement);
  return safe;
}

/**
 * Whether JSON text holds nothing that {@link redactText} would change in one of its texts. Escapes can hide what the patterns look for, so text with
 * a backslash is not called clean either. Names of members are not looked at.
 */
export function isCleanJson(json: string): boolean {
  return json.length <= MAX_TEXT && !json.includes('\\') && !suspicious.test(json);
}

/**
 * A copy of `value` that is safe to log: secret names are redacted at any depth, text is scrubbed by {@link redactText}, bytes are
 * replaced by their length, errors by type, message, code, stack and cause. Cycles and depths beyond 8 are cut.
 */
export function redact(value: unknown): unknown {
  return copy(value, 0, new Set());
}

function copy(value: unknown, depth: number, ancestors: Set<object>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (ancestors.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[deep]';
  ancestors.add(value);
  try {
    return copyObject(value, depth + 1, ancestors);
  } finally {
    ancestors.delete(value);
  }
}

function copyObject(value: object, depth: number, ancestors: Set<object>): unknown {
  if (value instanceof Error) return copyError(value, depth, ancestors);
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => copy(item, depth, ancestors));
  if (value instanceof Set) return [...value].slice(0, MAX_ITEMS).map((item) => copy(item, depth, ancestors));
  if (value instanceof URL) return redactText(value.href);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return copy((value.toJSON as () => unknown)(), depth, ancestors);
  }
  const isJwk = 'kty' in value;
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value.entries() : Object.entries(value);
  const safe: Record<string, unknown> = {};
  for (const [key, item] of entries) {
    const name = String(key);
    if (item === undefined) continue;
    const hidden = item !== null && (isSecretName(name) || (isJwk && privateJwkMembers.has(name)));
    safe[name] = hidden ? REDACTED : copy(item, depth, ancestors);
  }
  return safe;
}

/** Only these fields of an error are kept: drivers hang queries, parameters and sockets on theirs. `code` is the machine code here. */
function copyError(error: Error & { code?: unknown }, depth: number, ancestors: Set<object>): unknown {
  const safe: Record<string, unknown> = { type: error.constructor.name, message: redactText(error.message) };
  if (typeof error.code === 'string' || typeof error.code === 'number') safe.code = error.code;
  if (error.stack) safe.stack = redactText(error.stack);
  if (error.cause !== undefined) safe.cause = copy(error.cause, depth, ancestors);
  if (error instanceof AggregateError) safe.errors = copy(error.errors, depth, ancestors);
  return safe;
}
