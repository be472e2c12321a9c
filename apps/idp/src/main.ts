import { readSettings } from '@cryptoutil/config';
import { isDatabaseUnavailable } from '@cryptoutil/database';
import { startService, type RunningService } from '@cryptoutil/http';
import { CertificateStore } from '@cryptoutil/pki';
import { createLogger } from '@cryptoutil/telemetry';
import { AppModule } from './app.module.js';
import { SystemClock, type Clock } from './clock.js';
import { idpSettings } from './config.js';
import { Environment } from './environment.module.js';

/** Largest body of a form or an admin request. */
const BODY_LIMIT_BYTES = 16 * 1024;

/** Starts idp with the settings of `env`. Rejects with ConfigurationError before anything is opened. `clock` is for specs. */
export async function startIdp(
  env: NodeJS.ProcessEnv = process.env,
  clock: Clock = new SystemClock(),
): Promise<RunningService> {
  const settings = readSettings(idpSettings, env);
  const logger = createLogger({ service: 'idp', level: settings.telemetry.logLevel });
  const certificates = await CertificateStore.open(settings.tls);
  return startService({
    name: 'idp',
    module: AppModule.forRoot(new Environment(settings, logger, certificates, clock)),
    settings: settings.http,
    tls: certificates,
    logger,
    unavailable: isDatabaseUnavailable,
    limited: [
      // A password is hashed, which takes processor time and memory.
      { path: '/login', method: 'POST', cost: 10 },
      ...(['/login', '/consent', '/sign-out'] as const).map((path) => ({ path })),
    ],
    bodyLimitBytes: BODY_LIMIT_BYTES,
    openApi: {
      title: 'cryptoutil idp',
      description: 'Sign-in, consent and sign-out pages; internal routes for authz; administration of users.',
    },
  });
}
