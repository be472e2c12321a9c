import { commaSeparated, httpsBaseUrl, integer, port as portSchema, setting } from '@cryptoutil/config';
import { z } from 'zod';
import { isAddressRange } from './proxy-protocol/trusted-peers.js';

/** Where a service listens and how the outside reaches it. */
export interface HttpSettings {
  listenHost: string;
  /** 0: a free port, for tests. */
  listenPort: number;
  /** Base URL without trailing slash. Links and audiences come from here, never from a Host header. */
  publicUrl: string;
  /** The revision that runs, when the build told. */
  commit?: string | undefined;
  /** Requests a second from one address to the routes that anybody may call and that cost something; default as in the reference. */
  rateLimitRps?: number;
  rateLimitBurst?: number;
  /** The same, of all addresses together. */
  rateLimitGlobalRps?: number;
  rateLimitGlobalBurst?: number;
  /** Requests a second of one network without good credentials that are answered 401 rather than 429. */
  authFailureRps?: number;
  authFailureBurst?: number;
  /** Requests that may wait for an answer. */
  maxInFlight?: number;
  /** Connections that may be open. */
  maxConnections?: number;
  /** Address ranges of proxies that pass TLS through and say where clients are by the PROXY protocol. */
  trustedProxies?: readonly string[];
}

/** What a listener takes when nothing else is set. */
export const httpDefaults = {
  rateLimitRps: 200,
  rateLimitBurst: 2_000,
  rateLimitGlobalRps: 4_000,
  rateLimitGlobalBurst: 20_000,
  authFailureRps: 20,
  authFailureBurst: 200,
  maxInFlight: 2_000,
  maxConnections: 10_000,
};

/** The settings of the listener; `port` is the service's own default. */
export const httpSettings = ({ port }: { port: number }) => ({
  listenHost: setting({
    variable: 'CRYPTOUTIL_LISTEN_HOST',
    description: 'Address to listen on',
    schema: z.string().min(1),
    default: '127.0.0.1',
  }),
  listenPort: setting({
    variable: 'CRYPTOUTIL_LISTEN_PORT',
    description: 'Port to listen on',
    schema: portSchema,
    default: port,
  }),
  publicUrl: setting({
    variable: 'CRYPTOUTIL_PUBLIC_URL',
    description: 'Base URL by which clients reach this service',
    schema: httpsBaseUrl,
    defaultFrom: (other) => `https://localhost:${String(other('CRYPTOUTIL_LISTEN_PORT'))}`,
    defaultText: 'https://localhost:<port>',
  }),
  commit: setting({
    variable: 'CRYPTOUTIL_COMMIT',
    description: 'Revision of the source that was built, shown by the health route',
    schema: z
      .string()
      .regex(/^[0-9a-f]{7,64}$/, 'a Git commit id is expected')
      .optional(),
  }),
  rateLimitRps: count(
    'CRYPTOUTIL_RATE_LIMIT_RPS',
    httpDefaults.rateLimitRps,
    'Requests a second from one address (IPv6: one /64) to routes that anybody can make this process work with; costly ones count several times',
  ),
  rateLimitBurst: count(
    'CRYPTOUTIL_RATE_LIMIT_BURST',
    httpDefaults.rateLimitBurst,
    'How many of them may come at once from one address',
  ),
  rateLimitGlobalRps: count(
    'CRYPTOUTIL_RATE_LIMIT_GLOBAL_RPS',
    httpDefaults.rateLimitGlobalRps,
    'Requests a second to those routes from all addresses together',
  ),
  rateLimitGlobalBurst: count(
    'CRYPTOUTIL_RATE_LIMIT_GLOBAL_BURST',
    httpDefaults.rateLimitGlobalBurst,
    'How many of them may come at once from all addresses together',
  ),
  authFailureRps: count(
    'CRYPTOUTIL_AUTH_FAILURE_RPS',
    httpDefaults.authFailureRps,
    'Requests a second of one network (address, IPv6: /64) without good credentials that are answered 401, further ones 429. Good JWTs and certificates pass all the same; about opaque tokens that were not good before, the issuer is asked no more often either',
  ),
  authFailureBurst: count(
    'CRYPTOUTIL_AUTH_FAILURE_BURST',
    httpDefaults.authFailureBurst,
    'How many of them may come at once',
  ),
  maxInFlight: count(
    'CRYPTOUTIL_MAX_IN_FLIGHT',
    httpDefaults.maxInFlight,
    'Requests that may wait for an answer; further ones are answered 503 at once',
  ),
  maxConnections: count(
    'CRYPTOUTIL_MAX_CONNECTIONS',
    httpDefaults.maxConnections,
    'Connections that may be open; further ones are closed as they come',
  ),
  trustedProxies: setting({
    variable: 'CRYPTOUTIL_TRUSTED_PROXIES',
    schema: commaSeparated.refine(
      (ranges) => ranges.every(isAddressRange),
      'addresses or ranges such as 10.0.0.7 or 10.1.0.0/16, separated by commas, are expected',
    ),
    default: [],
    description:
      'Addresses or ranges of proxies that pass TLS through: their connections must begin with a PROXY header (version 1 or 2), which says where the client is; those of others are their own',
  }),
});

const count = (variable: string, fallback: number, description: string) =>
  setting({ variable, schema: integer({ min: 1, max: 10_000_000 }), default: fallback, description });
