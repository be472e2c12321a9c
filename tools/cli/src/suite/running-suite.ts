import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from 'undici';
import { freePort } from '@cryptoutil/database/embedded';
import { CommandFailure } from '../command-failure.js';
import type { RunLock } from '../home/run-lock.js';
import { removePostgresPlace } from '../postgres/postgres-place.js';
import { ChildService } from '../processes/child-service.js';
import { endedMessage } from '../processes/ended-message.js';
import { waitForAnswer } from '../processes/ready.js';
import { serviceEnvironment, type EnvironmentOptions } from '../services/service-environment.js';
import { serviceNames, services, type ServiceName } from '../services/services.js';
import { startSuiteDatabase, type SuiteDatabase } from './suite-database.js';
import type { SuiteFile } from './suite-file.js';
import type { SuiteOptions } from './suite-options.js';
import { unsealingShareFiles } from './unseal-suite.js';

/** What all parts of a suite need to know. */
export interface SuiteContext extends Omit<EnvironmentOptions, 'unsealShareFiles'> {
  readonly lock: RunLock;
  /** Further settings of services. */
  readonly settings?: SuiteOptions['settings'];
  /** Connections that trust the internal authority and show the certificate of ops. */
  readonly operator: Agent;
  readonly signal?: AbortSignal;
}

/** A further process of a service. */
export interface Replica {
  readonly id: string;
  readonly url: string;
  /** Of authz: base URL of its Auth Service v1.0 listener. */
  readonly authServiceUrl: string | undefined;
}

/** The processes of a suite. Ends them in order: services, then the kms, then PostgreSQL. */
export class RunningSuite {
  /** What `suite.json` says; set when everything is ready. */
  file!: SuiteFile;
  private database: SuiteDatabase | undefined;
  /** Resolves with a message as soon as a part ends that nobody asked to end. */
  readonly failed: Promise<string>;
  private readonly children = new Map<string, ChildService>();
  private readonly expectedToEnd = new Set<object>();
  private fail!: (message: string) => void;
  private stopping: Promise<void> | undefined;

  constructor(readonly context: SuiteContext) {
    this.failed = new Promise((settle) => (this.fail = settle));
  }

  /** The running process of a service. */
  process(name: string): ChildService {
    const child = this.children.get(name);
    if (!child) throw new TypeError(`${name} does not run.`);
    return child;
  }

  /** Starts PostgreSQL, which must not run. */
  async startDatabase(): Promise<void> {
    this.database = await startSuiteDatabase(this.context);
    const { server, logFile } = this.database;
    this.context.lock.addChild('postgres', server.pid);
    void server.ended.then((code) => this.noticeEnd('postgres', server, { code, signal: null }, logFile));
  }

  /** Stops PostgreSQL under the services; this is no failure of the suite. */
  async stopDatabase(): Promise<void> {
    if (!this.database) return;
    this.expectedToEnd.add(this.database.server);
    await this.database.server.stop();
  }

  /** Starts the process of a service; `waitReady` says when it can work. `replica` runs a further one beside it on another port. */
  async spawn(
    name: ServiceName,
    replica?: { readonly id: string; readonly port: number; readonly authServicePort: number },
  ): Promise<ChildService> {
    const { home, ports, secrets, lock, signal, settings } = this.context;
    signal?.throwIfAborted();
    const id = replica?.id ?? name;
    const environment = serviceEnvironment(name, { home, ports, secrets, unsealShareFiles: unsealingShareFiles(home) });
    Object.assign(environment, settings?.[name]);
    if (replica) environment.CRYPTOUTIL_LISTEN_PORT = String(replica.port);
    if (replica && name === 'authz') environment.CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT = String(replica.authServicePort);
    const child = await ChildService.start({ name, environment, logFile: join(home.logs, `${id}.log`) });
    if (this.stopping) {
      await child.stop();
      throw new CommandFailure('The suite is stopping.');
    }
    this.children.set(id, child);
    lock.addChild(id, child.pid);
    void child.ended.then((ending) => this.noticeEnd(id, child, ending, child.options.logFile));
    return child;
  }

  /** Waits until a service says that it can do its work. */
  waitReady(name: ServiceName, child = this.process(name), port = this.context.ports[name]): Promise<void> {
    return waitForAnswer(child, {
      dispatcher: this.context.operator,
      url: `https://127.0.0.1:${port}${services[name].readyPath}`,
      enough: ({ status }) => status === 200,
      signal: this.context.signal,
    });
  }

  /** Sends a signal to a service and waits until it has ended; this is no failure of the suite. */
  async kill(id: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.process(id);
    this.expectedToEnd.add(child);
    child.kill(signal);
    await child.ended;
  }

  /** Starts a service again that has ended, and waits until it is ready. */
  async restart(name: ServiceName): Promise<void> {
    const child = this.process(name);
    this.expectedToEnd.add(child);
    await child.stop();
    await this.waitReady(name, await this.spawn(name));
  }

  /** Runs one more process of a service on the same database, and waits until it is ready. Resolves to its base URL. */
  async addReplica(name: ServiceName): Promise<Replica> {
    const [port, authServicePort] = [await freePort(), await freePort()];
    const id = `${name}-${port}`;
    await this.waitReady(name, await this.spawn(name, { id, port, authServicePort }), port);
    return {
      id,
      url: `https://localhost:${port}`,
      authServiceUrl: name === 'authz' ? `https://localhost:${authServicePort}` : undefined,
    };
  }

  /** Ends every process in order, removes `suite.json` and gives the home free. */
  stop(): Promise<void> {
    this.stopping ??= this.stopInOrder();
    return this.stopping;
  }

  /** Stops the suite and removes its state: for suites that are made for once, such as those of tests. */
  async remove(): Promise<void> {
    await this.stop();
    removePostgresPlace(this.context.home);
    rmSync(this.context.home.folder, { recursive: true, force: true });
  }

  private async stopInOrder(): Promise<void> {
    const all = [...this.children.values()];
    const isKms = (child: ChildService): boolean => child.options.name === 'kms';
    await Promise.all(all.filter((child) => !isKms(child)).map((child) => child.stop()));
    await Promise.all(all.filter(isKms).map((child) => child.stop()));
    await this.context.operator.destroy();
    await this.database?.server.stop();
    rmSync(this.context.home.suiteFile, { force: true });
    this.context.lock.release();
  }

  private noticeEnd(id: string, part: object, ending: Awaited<ChildService['ended']>, logFile: string): void {
    if (this.stopping || this.expectedToEnd.has(part)) return;
    this.fail(endedMessage(id, ending, logFile));
  }

  /** The process ids of the four services. */
  get pids(): Record<ServiceName, number> {
    return Object.fromEntries(serviceNames.map((name) => [name, this.process(name).pid])) as Record<
      ServiceName,
      number
    >;
  }
}
