import { readSettings } from '@cryptoutil/config';
import { isDatabaseUnavailable } from '@cryptoutil/database';
import { startService, type RunningService } from '@cryptoutil/http';
import { CertificateStore } from '@cryptoutil/pki';
import { createLogger } from '@cryptoutil/telemetry';
import { AppModule } from './app.module.js';
import { authzSettings } from './config.js';
import { Environment } from './environment.module.js';
import { mountProvider } from './provider/mount-provider.js';

/** Starts authz with the settings of `env`. Rejects with ConfigurationError before anything is opened. */
export async function startAuthz(env: NodeJS.ProcessEnv = process.env): Promise<RunningService> {
  const settings = readSettings(authzSettings, env);
  const logger = createLogger({ service: 'authz', level: settings.telemetry.logLevel });
  const certificates = await CertificateStore.open(settings.tls);
  return startService({
    name: 'authz',
    module: AppModule.forRoot(new Environment(settings, logger, certificates)),
    settings: settings.http,
    tls: certificates,
    logger,
    unavailable: isDatabaseUnavailable,
    limited: [
      // Each stores a login request for ten minutes.
      { path: '/oauth2/v1/authorize', cost: 10 },
      { path: '/oauth2/v1/' },
    ],
    configure: mountProvider,
    openApi: {
      title: 'cryptoutil authz',
      description: 'OAuth 2.1 authorization server and OpenID issuer: administration and the hand-over to idp.',
    },
  });
}
