import { readFileSync } from 'node:fs';
import { createClient, defineScript, type CommandParser } from '@redis/client';
import type { Secret } from '@cryptoutil/crypto';
import type { Logger } from '@cryptoutil/telemetry';
import type { BucketStore } from './shared-counts.js';
import type { Rate } from '@cryptoutil/http';

export interface RedisSettings {
  /** `redis://` or, with TLS, `rediss://`; host, port and database. */
  readonly url: string;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly tlsCaFile: string | undefined;
}

const PREFIX = 'cryptoutil:auth-service:limit:';
const CONNECT_WITHIN_MS = 2_000;
const RETRY_AT_MOST_MS = 500;
const WAITING_LIMIT = 20_000;

/** The token bucket of `TokenBucket`, by the clock of the server. A full bucket is forgotten. */
const SCRIPT = `local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000)
local allowed = 0
if tokens >= 1 then
  tokens = tokens - 1
  allowed = 1
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return {allowed, string.format('%.6f', tokens)}`;

/** Sent by its name; in full when the server does not know it yet. */
const take = defineScript({
  SCRIPT,
  NUMBER_OF_KEYS: 1,
  parseCommand(parser: CommandParser, key: string, { perSecond, burst }: Rate) {
    parser.pushKey(key);
    parser.push(String(perSecond), String(burst));
  },
  transformReply(reply: unknown) {
    const [allowed, tokens] = reply as [number, string];
    return { allowed: allowed === 1, tokens: Number(tokens) };
  },
});

const waitBefore = (attempt: number): number => Math.min(50 * 2 ** attempt, RETRY_AT_MOST_MS);

/** Token buckets in Redis or Valkey. Connects again by itself when the server was away. */
export class RedisBuckets implements BucketStore {
  private readonly client;

  /** Reads the CA file: throws when it is not there. */
  constructor(settings: RedisSettings, logger: Logger) {
    const { url, user, password, tlsCaFile } = settings;
    const tls = url.startsWith('rediss:')
      ? { tls: true as const, ...(tlsCaFile !== undefined && { ca: readFileSync(tlsCaFile, 'utf8') }) }
      : {};
    this.client = createClient({
      url,
      scripts: { take },
      ...(user !== undefined && { username: user }),
      ...(password && { password: password.text() }),
      socket: { ...tls, connectTimeout: CONNECT_WITHIN_MS, reconnectStrategy: waitBefore },
      disableOfflineQueue: true,
      commandsQueueMaxLength: WAITING_LIMIT,
      disableClientInfo: true,
      maintNotifications: 'disabled',
    });
    // Without a listener the process would end. Each attempt fails for the same reason, which is told once.
    let told: string | undefined;
    this.client.on('error', (err: Error) => {
      if (err.message !== told) logger.warn({ err }, 'no connection to the store of the rate limits; trying again');
      told = err.message;
    });
    this.client.on('ready', () => (told = undefined));
  }

  get isReady(): boolean {
    return this.client.isReady;
  }

  open(): void {
    void this.client.connect().catch(() => undefined);
  }

  close(): void {
    if (this.client.isOpen) this.client.destroy();
  }

  take(key: string, rate: Rate): Promise<{ allowed: boolean; tokens: number }> {
    return this.client.take(PREFIX + key, rate);
  }
}
