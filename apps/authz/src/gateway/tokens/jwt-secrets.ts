import { readFileSync, statSync } from 'node:fs';
import { hmacKey, keyedHash, Secret, type HmacKey } from '@cryptoutil/crypto';
import type { Logger } from '@cryptoutil/telemetry';
import { MINIMUM_SECRET_BYTES } from '../gateway.settings.js';

/** A secret with the one protected header that its tokens have. */
export interface JwtSecret {
  readonly kid: string;
  readonly key: HmacKey;
  /** base64url, as it stands in the token. */
  readonly header: string;
}

const POLL_MS = 1_000;
/** An unknown `kid` may be that of a secret which another replica has seen first; strangers must not make us read files all the time. */
const RELOAD_AT_MOST_MS = 100;

/**
 * The current and the previous secret, from files that are followed while the service runs. What cannot be read or is too short is
 * not taken over: the secrets before it stay in force, and the log says so.
 */
export class JwtSecrets {
  private byHeader = new Map<string, JwtSecret>();
  private signing!: JwtSecret;
  private changedAt = 0;
  private fingerprint = '';
  private lookedAt = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly files: { readonly current: string; readonly previous?: string | undefined },
    private readonly logger: Logger,
  ) {
    this.read();
  }

  /** Begins to follow the files. */
  follow(): void {
    this.timer = setInterval(() => this.reload(), POLL_MS);
    this.timer.unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** The secret that signs. */
  get current(): JwtSecret {
    return this.signing;
  }

  /** When the current secret's file was written, in milliseconds since the epoch. */
  get writtenAt(): number {
    return this.changedAt;
  }

  /** The secret whose tokens have exactly this protected header. */
  find(header: string): JwtSecret | undefined {
    const known = this.byHeader.get(header);
    if (known || performance.now() - this.lookedAt < RELOAD_AT_MOST_MS) return known;
    this.reload();
    return this.byHeader.get(header);
  }

  /** Reads the files if they have changed. Never throws. */
  reload(): void {
    this.lookedAt = performance.now();
    try {
      const fingerprint = [this.files.current, this.files.previous].map(fileFingerprint).join(' ');
      if (fingerprint === this.fingerprint) return;
      this.fingerprint = fingerprint;
      const before = this.signing.kid;
      this.read();
      if (this.signing.kid !== before)
        this.logger.info({ kid: this.signing.kid }, 'a new JWT secret signs from now on');
    } catch (err) {
      this.logger.error({ err }, 'the JWT secret files cannot be used; the secrets read before stay in force');
    }
  }

  private read(): void {
    const { current, previous } = this.files;
    this.fingerprint = [current, previous].map(fileFingerprint).join(' ');
    const signing = readSecret(current);
    if (!signing) throw new Error(`${current} is not there.`);
    const verifying = previous === undefined ? undefined : readSecret(previous);
    this.signing = signing;
    this.changedAt = statSync(current).mtimeMs;
    this.byHeader = new Map([verifying, signing].flatMap((secret) => (secret ? [[secret.header, secret]] : [])));
  }
}

/** The name of a secret in its tokens. It tells nothing about the secret. */
export function kidOf(secret: Secret): string {
  return keyedHash(secret, 'auth-service-kid', 'v1').slice(0, 16);
}

function readSecret(file: string): JwtSecret | undefined {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const secret = Secret.fromBytes(withoutLineBreak(content));
  if (secret.byteLength < MINIMUM_SECRET_BYTES)
    throw new Error(`${file} holds ${secret.byteLength} bytes; at least ${MINIMUM_SECRET_BYTES} are needed.`);
  const kid = kidOf(secret);
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid })).toString('base64url');
  return { kid, key: hmacKey(secret.bytes()), header };
}

/** As `secretFile` of @cryptoutil/config reads it. */
function withoutLineBreak(content: Buffer): Buffer {
  if (content.at(-1) !== 0x0a) return content;
  return content.subarray(0, content.at(-2) === 0x0d ? -2 : -1);
}

function fileFingerprint(file: string | undefined): string {
  const found = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  return found ? `${found.ino}:${found.size}:${found.mtimeMs}` : '-';
}
