import { readSettings } from '@cryptoutil/config';
import { runInBackground } from '@cryptoutil/http';
import { CertificateStore } from '@cryptoutil/pki';
import { createLogger } from '@cryptoutil/telemetry';
import { authzSettings } from '../../config.js';
import { Environment } from '../../environment.module.js';
import { GatewayListener } from '../server/gateway-listener.js';
import { FrontLink } from './front-link.js';
import { WorkerModule } from './worker.module.js';

/** Serves the API in this process until it is told to stop, for the authz process that started it. */
export async function startWorker(env: NodeJS.ProcessEnv): Promise<void> {
  const settings = readSettings(authzSettings, env);
  const logger = createLogger({ service: 'authz', level: settings.telemetry.logLevel }).child({ worker: process.pid });
  const certificates = await CertificateStore.open(settings.tls);
  const app = await runInBackground({
    name: 'authz',
    module: WorkerModule.forRoot(new Environment(settings, logger, certificates)),
    settings: settings.http,
    logger,
  });
  app.get(FrontLink).ready(app.get(GatewayListener).url);
}
