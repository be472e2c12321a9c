import { rmSync, rmdirSync } from 'node:fs';
import { sha256 } from '@cryptoutil/crypto';
import { AuthServiceAdmin } from '../auth-service/auth-service-admin.js';
import { demoAuthService } from '../auth-service/demo-auth-service.js';
import { putMissing } from '../auth-service/put-registrations.js';
import { putClients, putMissingUsers } from '../demo/demo-data.js';
import { Applied } from '../home/applied.js';
import { clearHome, ensureHome, ensureOwnFolder, homeAt, homeFolder, type Home } from '../home/home.js';
import { RunLock } from '../home/run-lock.js';
import { KmsAdmin } from '../kms-admin/kms-admin.js';
import { removePostgresPlace } from '../postgres/postgres-place.js';
import { waitForAnswer } from '../processes/ready.js';
import { connectWith } from '../requests/answers.js';
import { publicUrl } from '../services/service-environment.js';
import { serviceNames, type ServiceName } from '../services/services.js';
import { silentProgress } from '../terminal/progress.js';
import { authorityFile, certificateFiles, ensureCertificates } from '../trust/certificate-files.js';
import { demoData, describeSuite } from './describe-suite.js';
import { migrateSuite } from './migrate-suite.js';
import { RunningSuite, type SuiteContext } from './running-suite.js';
import { writeSuiteFile } from './suite-file.js';
import { choosePorts, type SuiteOptions } from './suite-options.js';
import { SuiteSecrets } from './suite-secrets.js';
import { unsealingShareFiles, unsealSuite } from './unseal-suite.js';

/** Every identity that gets a certificate: the services, and the person who operates them. */
const IDENTITIES = [...serviceNames, 'ops'];

/**
 * Starts PostgreSQL and the four services with their certificates, keys and demo data, waits until they are ready, and writes
 * `suite.json`. When anything fails, what was started is stopped again and the error is thrown; those made for people are
 * `CommandFailure`s. Needs the built packages.
 */
export async function startSuite(options: SuiteOptions = {}): Promise<RunningSuite> {
  const home = homeAt(options.home ?? homeFolder());
  ensureOwnFolder(home);
  const lock = await RunLock.acquire(home);
  let suite: RunningSuite | undefined;
  try {
    const ports = await choosePorts(options.ports);
    prepareHome(home, options.reset ?? false);
    await ensureCertificates(home.pki, IDENTITIES);
    const operator = connectWith({ caFile: authorityFile(home.pki), ...certificateFiles(home.pki, 'ops') });
    const { settings, signal } = options;
    suite = new RunningSuite({ home, ports, secrets: new SuiteSecrets(home), lock, operator, settings, signal });
    await startParts(suite, options.progress ?? silentProgress);
    writeSuiteFile(home, suite.file);
    return suite;
  } catch (error) {
    await suite?.stop();
    lock.release();
    removeIfEmpty(home.folder);
    throw error;
  }
}

/** A start that was refused, over a port for example, leaves nothing behind in a home that is new. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds the state of an earlier start.
  }
}

function prepareHome(home: Home, reset: boolean): void {
  if (reset) {
    removePostgresPlace(home);
    clearHome(home);
  }
  ensureHome(home);
  rmSync(home.suiteFile, { force: true });
}

async function startParts(suite: RunningSuite, { step }: NonNullable<SuiteOptions['progress']>): Promise<void> {
  const { context } = suite;
  const applied = new Applied(context.home);
  await step('PostgreSQL', () => suite.startDatabase());
  await step('schema of the kms', () => migrateSuite(context, applied, ['kms']));
  // A kms that has shares unseals itself within its start; then nobody has to wait before starting too.
  const unsealsItself = unsealingShareFiles(context.home).length > 0;
  const kms = step('kms', () => startKms(suite));
  // It is awaited below; a failure that comes before must wait there too.
  kms.catch(() => undefined);
  const others: ServiceName[] = ['authz', 'idp', 'rs'];
  const schemas = step('schemas of authz, idp and rs', () => migrateSuite(context, applied, others));
  await Promise.all([schemas, unsealsItself || kms]);
  const services = others.map((name) => step(name, async () => suite.waitReady(name, await suite.spawn(name))));
  await Promise.all([kms, ...services]);
  suite.file = describeSuite(context, suite.pids);
  await step('demo data', () => putDemoData(context, applied));
}

async function startKms(suite: RunningSuite): Promise<void> {
  const { home, ports, operator, signal } = suite.context;
  const url = `https://127.0.0.1:${ports.kms}`;
  const child = await suite.spawn('kms');
  await waitForAnswer(child, {
    dispatcher: operator,
    url: `${url}/admin/v1/livez`,
    enough: ({ status }) => status === 200,
    signal,
  });
  await unsealSuite(new KmsAdmin(url, operator), home);
  await suite.waitReady('kms');
}

async function putDemoData({ ports, secrets, operator }: SuiteContext, applied: Applied): Promise<void> {
  const { clients, users } = demoData({ ports, secrets });
  const clientsPrint = fingerprint(clients);
  if (!applied.has('clients', clientsPrint)) {
    await putClients(operator, publicUrl(ports, 'authz'), clients);
    applied.remember('clients', clientsPrint);
  }
  const authServicePrint = fingerprint(demoAuthService);
  if (!applied.has('auth-service', authServicePrint)) {
    await putMissing(new AuthServiceAdmin(publicUrl(ports, 'authz'), operator), demoAuthService);
    applied.remember('auth-service', authServicePrint);
  }
  const usersPrint = fingerprint(users);
  if (!applied.has('users', usersPrint)) {
    await putMissingUsers(operator, publicUrl(ports, 'idp'), users);
    applied.remember('users', usersPrint);
  }
}

const fingerprint = (value: unknown): string => sha256(JSON.stringify(value)).toString('hex');
