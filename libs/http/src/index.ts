export { AccessModule, type AccessModuleOptions } from './access/access.module.js';
export {
  CurrentAccessToken,
  CurrentIdentity,
  Public,
  RequireAccessToken,
  RequireIdentity,
  RequireScope,
  RequireScopeOrIdentity,
} from './access/declarations.js';
export { principalOf, type Principal } from './access/principal.js';
export { type TokenVerifier } from './access/token-verifier.js';
export { corsSettings } from './cors/cors-settings.js';
export { type CrossOriginOptions } from './cors/cross-origin.js';
export { type Access } from './access/declarations.js';
export { type DirectCall, type DirectRoute, type EndedCall, type FindDirectRoute } from './direct/direct-route.js';
export { CheckFailed, type CheckResult, type HealthCheck } from './health/check.js';
export { HealthBoard, type HealthReport } from './health/health-board.js';
export {
  HealthModule,
  healthSchema,
  type Health,
  type HealthModuleOptions,
  type InjectedHealthOptions,
} from './health/health.module.js';
export { type LimitedRoute } from './limits/limit-requests.js';
export { subscriberNetwork } from './limits/subscriber-network.js';
export { TokenBucket, type Rate } from './limits/token-bucket.js';
export { BucketTable } from './limits/bucket-table.js';
export { invalidRequest, parseInput } from './input/parse-input.js';
export { readBytes, type BodyBounds } from './input/read-bytes.js';
export { ZodBody, ZodParam, ZodQuery } from './input/zod-parameters.js';
export { ZodResponse } from './input/zod-response.js';
export { type OpenApiOAuth, type OpenApiOptions } from './openapi/serve-openapi.js';
export { notFound, Problem, unavailable, type ProblemField, type ProblemOptions } from './problem/problem.js';
export { ProblemFilter } from './problem/problem-filter.js';
export { acceptProxyHeaders, type ProxyOptions } from './proxy-protocol/accept-proxy.js';
export { requestLine } from './server/request-log.js';
export { runMain, startFailure } from './server/run-main.js';
export { runInBackground, type BackgroundOptions } from './server/run-in-background.js';
export { ServiceInfo } from './server/service-info.js';
export { startService, type RunningService, type ServiceOptions } from './server/start-service.js';
export { closeGracefully, type Door } from './server/graceful-close.js';
export { promptStop, Stopping, type StopTimes } from './server/stopping.js';
export { Unreadable, type WriteRefusal } from './server/unreadable.js';
export { httpSettings, type HttpSettings } from './settings.js';
