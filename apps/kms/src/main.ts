import { readSettings } from '@cryptoutil/config';
import { isDatabaseUnavailable } from '@cryptoutil/database';
import { type RunningService, startService } from '@cryptoutil/http';
import { AccessTokenVerifier } from '@cryptoutil/oauth';
import { CertificateStore, mtlsAgent } from '@cryptoutil/pki';
import { type Logger, createLogger } from '@cryptoutil/telemetry';
import { scopes } from './access/scopes.js';
import { AppModule } from './app.module.js';
import { AuditTrail, auditTrail } from './audit/audit-trail.js';
import { browserCors } from './browser/browser-cors.js';
import { kmsSettings } from './config.js';
import { OperationDoor } from './operations/operation-door.js';
import { AutoUnseal } from './unseal/auto-unseal.js';

/** Largest body of other routes than those of operations. */
const BODY_LIMIT_BYTES = 128 * 1024;

/** A kms that listens. */
export interface RunningKms extends RunningService {
  /** Resolves when unsealing from share files is over, successful or not. */
  autoUnsealed: Promise<void>;
}

/** Starts the kms with the settings of the environment; a `logger` may be given instead of its own. Errors: `ConfigurationError`, a port that is taken. */
export async function startKms(
  env: NodeJS.ProcessEnv = process.env,
  given: { logger?: Logger } = {},
): Promise<RunningKms> {
  const settings = readSettings(kmsSettings, env);
  const logger = given.logger ?? createLogger({ service: 'kms', level: settings.telemetry.logLevel });
  const tls = await CertificateStore.open(settings.tls);
  const dispatcher = mtlsAgent(tls);
  const { issuer } = settings.oauth;
  const verifier = new AccessTokenVerifier({ issuer, audience: settings.http.publicUrl, dispatcher });
  const service = await startService({
    name: 'kms',
    module: AppModule.forRoot({
      database: settings.database,
      verifier,
      logger,
      shareFiles: settings.unsealShareFiles,
      anchorFile: settings.barrierAnchorFile,
      quotas: settings.quotas,
      browserOrigins: [new URL(settings.http.publicUrl).origin, ...settings.cors.origins],
      keyPoolDepth: settings.keyPoolDepth,
      strangerEvents: settings.strangerEvents,
    }),
    settings: settings.http,
    tls,
    logger,
    unavailable: isDatabaseUnavailable,
    cors: browserCors(settings.cors.origins),
    limited: [{ path: '/admin/v1/unseal', cost: 10 }, { path: '/admin/v1/seal-status' }],
    quietPaths: ['/admin/v1/livez', '/admin/v1/readyz'],
    bodyLimitBytes: BODY_LIMIT_BYTES,
    configure: (app) => void app.use(auditTrail(app.get(AuditTrail, { strict: false }))),
    direct: (app) => app.get(OperationDoor, { strict: false }).open(),
    openApi: {
      title: 'cryptoutil kms',
      description: 'Elastic keys, operations with them, and the ceremony that unseals them.',
      oauth: { issuer, scopes },
    },
  });
  const close = async () => {
    await service.close();
    await dispatcher.close();
    tls.close();
  };
  return { ...service, close, autoUnsealed: service.app.get(AutoUnseal, { strict: false }).finished };
}
