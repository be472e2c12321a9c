import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { followCertificateChanges, serverTlsOptions, type CertificateStore } from '@cryptoutil/pki';
import { nestLogger, type Logger } from '@cryptoutil/telemetry';
import { AccessGuard } from '../access/access.guard.js';
import { FailedAuthentications } from '../access/failed-authentications.js';
import { watchCertificates } from '../certificates/watch-certificates.js';
import { CrossOrigin, crossOrigin, type CrossOriginOptions } from '../cors/cross-origin.js';
import type { FindDirectRoute } from '../direct/direct-route.js';
import { DirectServer } from '../direct/direct-server.js';
import { InFlight } from '../limits/in-flight.js';
import { limitRequests, type LimitedRoute } from '../limits/limit-requests.js';
import { shedLoad } from '../limits/shed-load.js';
import { serveOpenApi, type OpenApiOptions } from '../openapi/serve-openapi.js';
import { ProblemFilter } from '../problem/problem-filter.js';
import { acceptProxyHeaders } from '../proxy-protocol/accept-proxy.js';
import { httpDefaults, type HttpSettings } from '../settings.js';
import { closeGracefully, httpsDoor } from './graceful-close.js';
import { requestLog } from './request-log.js';
import { rootModule } from './root-module.js';
import { securityHeaders } from './security-headers.js';
import { BODY_LIMIT_BYTES, applyServerLimits, serverLimits } from './server-limits.js';
import { ServiceInfo, programVersion } from './service-info.js';
import { onStopSignal } from './stop-signal.js';
import { Unreadable } from './unreadable.js';
import { promptStop, Stopping, unhurriedStop, type StopTimes } from './stopping.js';

type HttpsOptions = NonNullable<NestApplicationOptions['httpsOptions']>;

export interface ServiceOptions {
  /** `rs`; in the log, in health and in the OpenAPI document. */
  name: string;
  module: Type | DynamicModule;
  settings: HttpSettings;
  tls: CertificateStore;
  logger: Logger;
  /** Default: of the package.json nearest to the program. */
  version?: string;
  /** Mounts what is not a Nest route (it runs after the security headers and the request id, before the body parsers). */
  configure?: (app: NestExpressApplication, server: Server) => void | Promise<void>;
  /** Errors that mean "a dependency is away": answered with 503. */
  unavailable?: (error: unknown) => boolean;
  openApi?: OpenApiOptions;
  /** Which scripts of other origins may call which paths; default none. */
  cors?: CrossOriginOptions;
  /** Finds the requests that are answered before the framework sees them; default none. */
  direct?: (app: NestExpressApplication) => FindDirectRoute;
  /** Routes that are limited by client address, because anybody can make this process work with them; default none. */
  limited?: readonly LimitedRoute[];
  /** Paths whose requests are logged at debug; default `/health`. */
  quietPaths?: readonly string[];
  /** Largest JSON or form body, in bytes; default 64 KiB. */
  bodyLimitBytes?: number;
  /** How long requests in flight may take when stopping, in milliseconds; default 30 000. */
  graceMs?: number;
}

export interface RunningService {
  app: NestExpressApplication;
  /** Base URL without trailing slash; with the real port when the settings said 0. */
  url: string;
  /** Stops accepting, lets requests in flight end, then closes the application (and with it the database). Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts a Nest application on HTTPS with everything the four services share. Resolves when it listens. Rejects, leaving nothing open,
 * when the port is taken, a route does not declare its access, or `AccessModule` is missing. SIGTERM closes it without hurry (clients that
 * keep connections are served until they have been told), SIGINT within seconds when nothing is in flight; the process then exits with 0.
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { settings, tls, logger } = options;
  const info = new ServiceInfo(options.name, options.version ?? programVersion(), settings.commit, settings.publicUrl);
  const stopping = new Stopping();
  const failures = new FailedAuthentications(failureRate({ ...httpDefaults, ...settings }));
  const root = rootModule(options.module, info, stopping, failures);
  const app = await NestFactory.create<NestExpressApplication>(root, {
    // Nest types only some of the options that it passes on to node:https.
    httpsOptions: { ...serverTlsOptions(tls), ...serverLimits, requireHostHeader: false } as HttpsOptions,
    bodyParser: false,
    abortOnError: false,
    logger: nestLogger(logger),
    routeConflictPolicy: { duplicate: 'error' },
  });
  const server = app.getHttpServer() as Server;
  const endings = [followCertificateChanges(server, tls), watchCertificates(tls, logger)];
  const stopFollowing = () => endings.forEach((end) => end());
  try {
    await prepare(app, server, options, info);
    acceptProxyHeaders(server, { trusted: settings.trustedProxies ?? [], logger });
    await app.listen(settings.listenPort, settings.listenHost);
  } catch (error) {
    stopFollowing();
    await app.close().catch(() => undefined);
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const url = settings.listenPort === 0 ? `https://localhost:${port}` : settings.publicUrl;
  let closing: Promise<void> | undefined;
  const closeAll = async (times: StopTimes) => {
    forgetSignals();
    stopFollowing();
    await Promise.all([stopping.begin(times), closeGracefully(httpsDoor(server), times)]);
    await app.close();
  };
  const close = () => (closing ??= closeAll(promptStop(options.graceMs)));
  const forgetSignals = onStopSignal(logger, (signal) =>
    signal === 'SIGTERM' ? (closing ??= closeAll(unhurriedStop(options.graceMs))) : close(),
  );
  logger.info({ url, version: info.version }, `${options.name} is listening`);
  return { app, url, close };
}

async function prepare(
  app: NestExpressApplication,
  server: Server,
  options: ServiceOptions,
  info: ServiceInfo,
): Promise<void> {
  // Throws when the application forgot AccessModule: then nothing would stand before its routes.
  const { verifier, failures } = app.get(AccessGuard, { strict: false });
  const limits = { ...httpDefaults, ...options.settings };
  applyServerLimits(server, limits.maxConnections);
  app.disable('x-powered-by');
  app.disable('etag');
  const quiet = new Set(['/livez', ...(options.quietPaths ?? ['/health'])]);
  const problems = new ProblemFilter(options.logger, options.unavailable);
  const inFlight = new InFlight(limits.maxInFlight);
  const cors = options.cors && new CrossOrigin(options.cors);
  app.use(securityHeaders, requestLog(options.logger, quiet), shedLoad(inFlight, quiet, problems));
  if (cors) app.use(crossOrigin(cors));
  if (options.limited) app.use(limitRequests(options.limited, rateLimits(limits), problems));
  app.useGlobalFilters(problems);
  await options.configure?.(app, server);
  const limit = options.bodyLimitBytes ?? BODY_LIMIT_BYTES;
  app.useBodyParser('json', { limit, strict: true, inflate: false, type: ['application/json', 'application/*+json'] });
  app.useBodyParser('urlencoded', { limit, extended: false, inflate: false, parameterLimit: 200 });
  if (options.openApi) serveOpenApi(app, options.openApi, info);
  const direct =
    options.direct && new DirectServer(options.direct(app), { verifier, failures, inFlight, problems, cors });
  takeRequests(server, new Unreadable(options.logger), direct);
}

/** Everything that comes in at a server: what is no request, what direct routes take, and the rest for whoever answered everything before. */
function takeRequests(server: Server, unreadable: Unreadable, direct: DirectServer | undefined): void {
  const [application] = server.listeners('request') as [RequestListener];
  const take: RequestListener = (request, response) => {
    if (unreadable.refuseWithoutHost(request, response) || direct?.take(request, response)) return;
    application.call(server, request, response);
  };
  server.off('request', application);
  server.on('request', take);
  // What is expected is left aside (RFC 9110 §10.1.1 lets a server do that).
  server.on('checkExpectation', take);
  server.on('connect', (_request, socket) => unreadable.refuse(socket as Socket, 501, 'CONNECT'));
  unreadable.watch(server);
}

const rateLimits = (settings: typeof httpDefaults) => ({
  address: { perSecond: settings.rateLimitRps, burst: settings.rateLimitBurst },
  everybody: { perSecond: settings.rateLimitGlobalRps, burst: settings.rateLimitGlobalBurst },
});

const failureRate = ({ authFailureRps, authFailureBurst }: typeof httpDefaults) => ({
  perSecond: authFailureRps,
  burst: authFailureBurst,
});
