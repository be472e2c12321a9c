import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { relative } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { serviceNames, type ServiceName } from '../services/services.js';
import { isColour, type Colour } from './colours.js';
import type { DeploymentPlace } from './place.js';

/** What HAProxy knows about one service in one colour. */
export interface BackendState {
  readonly service: ServiceName;
  readonly colour: Colour;
  /** Processes whose health route answers 200. */
  readonly ready: number;
  /** Connections that are open. */
  readonly sessions: number;
}

const ANSWER_WITHIN_MS = 5_000;
const MAP = '/run/cryptoutil/colour.map';
const AUTHORITIES = '/run/authority/ca.crt';

/** HAProxy by its runtime socket: which colour gets new connections, and what is open. */
export class Haproxy {
  constructor(private readonly place: Pick<DeploymentPlace, 'proxySocket' | 'colourMap'>) {}

  /** The colour that gets new connections now. */
  async colour(): Promise<Colour> {
    const text = await this.ask(`show map ${MAP}`);
    const colour = /\bcolour (\S+)/.exec(text)?.[1];
    if (isColour(colour)) return colour;
    throw new CommandFailure(`HAProxy's map names no colour: ${text.trim()}`);
  }

  /** Sends new connections to a colour, at once and for the next start of HAProxy as well. Open ones stay where they are. */
  async use(colour: Colour): Promise<void> {
    const answer = await this.ask(`set map ${MAP} colour ${colour}`);
    if ((await this.colour()) !== colour) throw new CommandFailure(`HAProxy did not switch: ${answer.trim()}`);
    // Written in place: the file is mounted into the container.
    await writeFile(this.place.colourMap, `colour ${colour}\n`);
  }

  /** Makes health checks trust these authorities (PEM) from now on, as a start would by the file that HAProxy reads. */
  async trust(pem: string): Promise<void> {
    // An empty line would end the text.
    const text = pem.replace(/\n{2,}/g, '\n').trim();
    const set = await this.ask(`set ssl ca-file ${AUTHORITIES} <<\n${text}\n`);
    const committed = await this.ask(`commit ssl ca-file ${AUTHORITIES}`);
    if (!/Success/i.test(committed)) {
      throw new CommandFailure(`HAProxy did not take the authorities: ${`${set.trim()} ${committed.trim()}`.trim()}`);
    }
  }

  async backends(): Promise<BackendState[]> {
    return parseBackends(await this.ask('show stat'));
  }

  /** Sends one command and reads the answer. Throws a `CommandFailure` when nobody listens. */
  private ask(command: string): Promise<string> {
    const near = relative(process.cwd(), this.place.proxySocket);
    // The path of a socket is limited to 107 bytes.
    const path = near.length < this.place.proxySocket.length ? near : this.place.proxySocket;
    if (!existsSync(path)) return Promise.reject(new CommandFailure(`HAProxy does not run: there is no ${path}.`));
    return new Promise((settle, fail) => {
      let text = '';
      const refuse = (reason: string): void =>
        fail(new CommandFailure(`HAProxy does not answer at ${path}: ${reason}.`));
      const socket = connect(path, () => socket.end(`${command}\n`));
      socket.setEncoding('utf8').setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('timeout')));
      socket
        .on('data', (part: string) => (text += part))
        .on('end', () => settle(text))
        .on('error', (error: NodeJS.ErrnoException) => refuse(error.code ?? error.message));
    });
  }
}

/** Reads the answer to `show stat`: CSV with a heading. */
export function parseBackends(csv: string): BackendState[] {
  const [heading = '', ...lines] = csv.replace(/^# /, '').split('\n');
  const names = heading.split(',');
  const rows = lines
    .filter((line) => line !== '')
    .map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index]!, value])));
  return serviceNames.flatMap((service) =>
    (['blue', 'green'] as const).map((colour) => {
      const own = rows.filter((row) => row.pxname === `${service}-${colour}`);
      // Right after its start HAProxy calls a server up that it has not asked yet.
      const ready = own.filter(
        ({ svname, status, check_status: asked }) =>
          /^s\d+$/.test(svname!) && status?.startsWith('UP') && !asked?.includes('INI'),
      ).length;
      const sessions = Number(own.find(({ svname }) => svname === 'BACKEND')?.scur ?? 0);
      return { service, colour, ready, sessions };
    }),
  );
}
