import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyFiles } from '../backup/sets/backup-keys.js';
import { serviceNames } from '../services/services.js';
import type { Progress } from '../terminal/progress.js';
import { colours, type Colour } from './colours.js';
import { readDeploymentSettings, writeDeploymentSettings } from './deployment-settings.js';
import { colouredServices } from './docker-compose.js';
import { deploymentPlace, type DeploymentPlace } from './place.js';

/** Stands for `docker`: remembers its calls and which services run; fails at what the file `failing` begins with. */
const DOCKER = `#!/bin/sh
cd "$(dirname "$0")" && shift 7 && echo "$*" >> calls
if [ -s failing ]; then case "$*" in "$(cat failing)"*) echo "no such thing" >&2; exit 1;; esac; fi
case "$1" in
  up) shift 3; for name; do : > "running-$name"; done;;
  stop) shift; for name; do rm -f "running-$name"; done;;
  ps) for file in running-*; do
    [ -e "$file" ] || continue
    health=healthy; case " $(cat unhealthy) " in *" \${file#running-} "*) health=unhealthy;; esac
    echo "{\\"Service\\":\\"\${file#running-}\\",\\"State\\":\\"running\\",\\"Health\\":\\"$health\\",\\"Image\\":\\"cryptoutil\\"}"
  done;;
  logs) case "$*" in *--follow*) exec tail -n +1 -f log-since;; *) cat log-before;; esac;;
  run) case "$*" in *create) echo "dumping"; echo "set-1: 12 rows";; esac;;
esac
`;

/** A host with a deployment in a folder, as far as the commands see it: a program `docker` and the runtime socket of HAProxy. */
export class ComposeHost {
  /** The colour that HAProxy sends new connections to. */
  colour: Colour = 'blue';
  readonly notes: string[] = [];
  readonly progress: Progress;

  private constructor(
    readonly place: DeploymentPlace,
    private readonly docker: string,
    private readonly server: Server,
  ) {
    this.progress = {
      note: (line) => void this.notes.push(line),
      step: async (title, work) => {
        const result = await work();
        this.notes.push(title);
        return result;
      },
    };
  }

  static async start(): Promise<ComposeHost> {
    const folder = mkdtempSync(join(tmpdir(), 'cryptoutil-host-'));
    writeFileSync(join(folder, 'compose.yml'), '');
    const place = deploymentPlace(folder);
    const docker = join(folder, 'bin');
    for (const path of [docker, place.proxyFolder, place.backupKeys]) mkdirSync(path, { recursive: true });
    for (const name of [keyFiles.recipientPublic, keyFiles.signerPrivate])
      writeFileSync(join(place.backupKeys, name), '');
    for (const name of ['calls', 'failing', 'unhealthy', 'log-before', 'log-since'])
      writeFileSync(join(docker, name), '');
    writeFileSync(join(docker, 'docker'), DOCKER);
    chmodSync(join(docker, 'docker'), 0o755);
    writeDeploymentSettings(place, { COMPOSE_PROFILES: 'blue,telemetry', CRYPTOUTIL_IMAGE: 'cryptoutil:1' });
    const server = createServer({ allowHalfOpen: true });
    const host = new ComposeHost(place, docker, server);
    server.on('connection', (socket) => {
      socket.setEncoding('utf8').on('data', (command: string) => socket.end(host.answer(command)));
    });
    await once(server.listen(place.proxySocket), 'listening');
    for (const service of colouredServices('blue')) host.write(`running-${service}`, '');
    return host;
  }

  get settings() {
    return readDeploymentSettings(this.place);
  }

  /** What docker compose was asked for, without looking. */
  get calls(): string[] {
    return readFileSync(join(this.docker, 'calls'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !/^(ps|logs) /.test(line));
  }

  get path(): string {
    return `${this.docker}:${process.env.PATH}`;
  }

  running(): string[] {
    return colours.flatMap(colouredServices).filter((service) => this.runs(service));
  }

  /** From now on docker fails at a command that begins like this. */
  failAt(command: string): void {
    this.write('failing', command);
  }

  /** From now on docker and HAProxy find this service ill. */
  fallIll(service: string): void {
    this.write('unhealthy', service);
  }

  /** Requests that a colour has answered: `before`, or since it is watched. */
  log(which: 'before' | 'since', requests: readonly { status: number; ms: number }[]): void {
    const lines = requests.map(({ status, ms }) =>
      JSON.stringify({
        time: new Date().toISOString(),
        msg: 'request',
        method: 'GET',
        route: '/a',
        status,
        duration_ms: ms,
      }),
    );
    appendFileSync(join(this.docker, `log-${which}`), `${lines.join('\n')}\n`);
  }

  async stopProxy(): Promise<void> {
    if (this.server.listening) await new Promise((settle) => this.server.close(settle));
  }

  async remove(): Promise<void> {
    await this.stopProxy();
    rmSync(this.place.folder, { recursive: true, force: true });
  }

  private write(name: string, text: string): void {
    writeFileSync(join(this.docker, name), text);
  }

  private runs(service: string): boolean {
    return existsSync(join(this.docker, `running-${service}`));
  }

  private answer(command: string): string {
    const set = /^set map \S+ colour (\w+)/.exec(command);
    if (set) this.colour = set[1] as Colour;
    if (command.startsWith('show map')) return `0x55 colour ${this.colour}\n\n`;
    if (!command.startsWith('show stat')) return '\n';
    const ill = readFileSync(join(this.docker, 'unhealthy'), 'utf8');
    const rows = colours.flatMap((colour) =>
      serviceNames.flatMap((name) => {
        const service = `${name}-${colour}`;
        const status = this.runs(service) && service !== ill ? 'UP' : 'DOWN';
        return [`${service},s1,0,${status}`, `${service},BACKEND,${status === 'UP' ? 2 : 0},UP`];
      }),
    );
    return `# pxname,svname,scur,status\n${rows.join('\n')}\n\n`;
  }
}
