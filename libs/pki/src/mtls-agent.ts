import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { Agent, Dispatcher } from 'undici';
import { X509Certificate } from '@cryptoutil/crypto';
import type { CertificateStore } from './certificate-store.js';
import { certificateIdentity } from './identity.js';

export interface MtlsAgentOptions {
  /** Connections kept per origin at most; undici's default (no bound) when absent. */
  connections?: number;
  /** Identity that the server's certificate must carry, besides its host name. */
  serverIdentity?: string;
  /** Longest wait for a TCP and TLS connection; 2000 ms unless said otherwise. */
  connectTimeoutMs?: number;
  /** Longest wait for the headers of an answer, and between pieces of its body; 10000 ms unless said otherwise. */
  responseTimeoutMs?: number;
}

/**
 * An undici dispatcher (for `fetch` and `request` of undici) that presents the store's certificate and trusts its authorities
 * alone. When the material changes, new requests use a new agent, and the old one closes after its open requests ended.
 */
export function mtlsAgent(store: CertificateStore, options: MtlsAgentOptions = {}): Dispatcher {
  return new FollowingAgent(store, options);
}

class FollowingAgent extends Dispatcher {
  private agent: Agent;
  private readonly stopFollowing: () => void;

  constructor(store: CertificateStore, options: MtlsAgentOptions) {
    super();
    this.agent = createAgent(store, options);
    this.stopFollowing = store.onChange(() => {
      const retired = this.agent;
      this.agent = createAgent(store, options);
      retired.close().catch(() => retired.destroy());
    });
  }

  override dispatch(options: Agent.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.agent.dispatch(options, handler);
  }

  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | void {
    this.stopFollowing();
    return callback ? this.agent.close(callback) : this.agent.close();
  }

  override destroy(error?: Error | null): Promise<void>;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null, callback: () => void): void;
  override destroy(first?: Error | null | (() => void), callback?: () => void): Promise<void> | void {
    this.stopFollowing();
    const error = typeof first === 'function' ? null : (first ?? null);
    const done = typeof first === 'function' ? first : callback;
    return done ? this.agent.destroy(error, done) : this.agent.destroy(error);
  }
}

function createAgent(store: CertificateStore, options: MtlsAgentOptions): Agent {
  const { cert, key, ca } = store.current;
  const { connections, serverIdentity, connectTimeoutMs = 2000, responseTimeoutMs = 10_000 } = options;
  return new Agent({
    ...(connections === undefined ? {} : { connections }),
    allowH2: false,
    headersTimeout: responseTimeoutMs,
    bodyTimeout: responseTimeoutMs,
    connect: {
      cert,
      key,
      ca,
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      timeout: connectTimeoutMs,
      checkServerIdentity: (host: string, peer: PeerCertificate) =>
        checkServerIdentity(host, peer) ?? wrongIdentity(peer, serverIdentity),
    },
  });
}

function wrongIdentity(peer: PeerCertificate, expected: string | undefined): Error | undefined {
  if (expected === undefined || certificateIdentity(new X509Certificate(peer.raw)) === expected) return undefined;
  return new Error(`The server's certificate does not carry the identity ${expected}.`);
}
