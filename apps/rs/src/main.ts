import { readSettings } from '@cryptoutil/config';
import { isDatabaseUnavailable } from '@cryptoutil/database';
import { startService, type RunningService } from '@cryptoutil/http';
import { KmsUnavailable } from '@cryptoutil/kms-client';
import { CertificateStore } from '@cryptoutil/pki';
import { createLogger } from '@cryptoutil/telemetry';
import { RequestCounts } from './admin-metrics/request-counts.js';
import { AppModule } from './app.module.js';
import { rsScopes, rsSettings } from './config.js';
import { Environment } from './environment.module.js';

/**
 * Starts the resource server with the settings of `env`. It starts when its database, the kms or the issuer are away and serves as they
 * come. Rejects with ConfigurationError before anything is opened, and with the listener's error when the port is taken.
 */
export async function startRs(env: NodeJS.ProcessEnv = process.env): Promise<RunningService> {
  const settings = readSettings(rsSettings, env);
  const logger = createLogger({ service: 'rs', level: settings.telemetry.logLevel });
  const certificates = await CertificateStore.open(settings.tls);
  return startService({
    name: 'rs',
    module: AppModule.forRoot(new Environment(settings, logger, certificates)),
    settings: settings.http,
    tls: certificates,
    cors: { origins: settings.cors.origins, paths: ['/api/v1/'] },
    logger,
    unavailable: (error) => isDatabaseUnavailable(error) || error instanceof KmsUnavailable,
    configure: (app) => void app.use(app.get(RequestCounts).middleware),
    quietPaths: ['/health', '/api/v1/public/health'],
    openApi: {
      title: 'cryptoutil resource server',
      description: 'Resources that belong to the subject of the access token.',
      oauth: { issuer: settings.oauth.issuer, scopes: rsScopes },
    },
  });
}
