import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { homeAt, homeFolder, type Home } from '../../home/home.js';
import { readChildren } from '../../home/run-lock.js';
import { program } from '../../processes/child-service.js';
import { identifyProcess, isRunning } from '../../processes/process-identity.js';
import { JWT_SECRET } from '../../services/service-environment.js';
import { isServiceName, serviceNames, type ServiceName } from '../../services/services.js';
import { requireSuiteFile } from '../../suite/suite-file.js';
import { certificateFiles } from '../../trust/certificate-files.js';
import { backupList } from './backup-list.js';
import { filesIn } from './files-in.js';
import { processUsage } from './process-usage.js';
import { queryAsService } from './query-as-service.js';
import { linesOfFile } from './read-lines.js';
import { runCommand } from './run-command.js';
import { settingsOf } from './settings-of.js';
import type { ServiceProcess, Subject } from './subject.js';

/** The suite of `npm start`: processes of this machine. Throws a `CommandFailure` when none runs in the home. */
export function devSubject(folder = homeFolder()): Subject {
  const home = homeAt(folder);
  const suite = requireSuiteFile(home);
  const processes = (): ServiceProcess[] => processesOf(home);
  const environmentOf = (service: ServiceName) =>
    processes().find((each) => each.service === service && each.running)?.environment ??
    fail(`No process of ${service} runs.`);
  return {
    target: 'dev',
    place: `suite of ${home.folder}`,
    urls: suite.urls,
    identifiers: suite.urls,
    trust: { caFile: suite.caFile, ...suite.clientCerts.ops },
    records: join(home.folder, 'records'),
    certificates: [...serviceNames, 'ops'].map((name) => ({ name, ...certificateFiles(home.pki, name) })),
    secretFiles: [
      ...filesIn(home.secrets),
      ...filesIn(home.shares),
      ...filesIn(home.pki).filter((file) => file.endsWith('.key')),
      home.suiteFile,
    ],
    shareFiles: suite.unsealShareFiles,
    jwtSecretFile: join(home.secrets, 'authz', JWT_SECRET),
    platform: () => Promise.resolve(`Node ${process.version} on ${process.platform} ${process.arch}`),
    processes: () => Promise.resolve(processes()),
    usage: () => processUsage(readChildren(home)),
    logs: () => logsOf(home),
    logFiles: () => logFiles(home),
    query: (service, sql) => queryAsService(environmentOf(service), sql),
    cryptoutil: (service, args) =>
      runCommand(process.execPath, [program, ...args], {
        env: { PATH: process.env.PATH, ...environmentOf(service) },
      }),
    backupList: () => backupList({ home: home.folder }),
    configuration: () => Promise.resolve(settingsOf(processes())),
    previous: () => Promise.resolve(undefined),
  };
}

function processesOf(home: Home): ServiceProcess[] {
  return Object.entries(readChildren(home)).flatMap(([id, identity]) => {
    const [service = ''] = id.split('-');
    if (!isServiceName(service)) return [];
    const running = isRunning(identity);
    const environment = running ? environmentOfProcess(identity.pid) : {};
    const port = environment.CRYPTOUTIL_LISTEN_PORT;
    return [
      {
        ...{ id, service, running, environment },
        state: running ? 'running' : 'ended',
        command: running ? nullSeparated(`/proc/${identity.pid}/cmdline`) : [],
        url: port === undefined ? undefined : `https://localhost:${port}`,
        logBound: 'a new file at each start, the one before is kept',
      },
    ];
  });
}

/** Of a process that may end meanwhile. */
function environmentOfProcess(pid: number): Record<string, string> {
  const pairs = nullSeparated(`/proc/${pid}/environ`).map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

function nullSeparated(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\0')
      .filter((part) => part !== '');
  } catch (error) {
    if (identifyProcess(Number(file.split('/')[2])) === undefined) return [];
    throw error;
  }
}

const logFiles = (home: Home): string[] =>
  readdirSync(home.logs)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(home.logs, name));

async function* logsOf(home: Home) {
  for (const file of logFiles(home)) yield* linesOfFile(file, basename(file, '.log'));
}

function fail(message: string): never {
  throw new Error(message);
}
