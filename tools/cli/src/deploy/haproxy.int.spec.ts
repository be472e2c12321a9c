import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseContainers } from './docker-compose.js';
import { Haproxy, parseBackends } from './haproxy.js';

/** The columns that are read, among others; HAProxy sends more. */
const STATISTICS = `# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,check_status
authz,FRONTEND,,,9,9,8000,9,0,0,0,0,0,,,,,OPEN,,
authz-blue,s1,0,0,2,3,,9,0,0,,0,,0,0,0,0,UP,1,* L7OK
authz-blue,s2,0,0,1,3,,9,0,0,,0,,0,0,0,0,UP 1/3,1,L7TOUT
authz-blue,s3,0,0,0,0,,0,0,0,,0,,0,0,0,0,MAINT (resolution),1,
authz-blue,any1,0,0,0,0,,0,0,0,,0,,0,0,0,0,no check,1,
authz-blue,BACKEND,0,0,3,6,800,18,0,0,0,0,,0,0,0,0,UP,2,
kms-green,s1,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,1,L4CON
idp-green,s1,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,1,INI
idp-green,s2,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,1,* INI
kms-green,BACKEND,0,0,0,0,800,0,0,0,0,0,,0,0,0,0,UP,1,

`;

describe('HAProxy by its runtime socket', () => {
  let folder: string;
  let server: Server;
  let colour: string;
  let place: { proxySocket: string; colourMap: string };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-socket-'));
    place = { proxySocket: join(folder, 'admin.sock'), colourMap: join(folder, 'colour.map') };
    colour = 'blue';
    server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.setEncoding('utf8').on('data', (command: string) => {
        const set = /^set map \S+ colour (\w+)/.exec(command);
        if (set) colour = set[1] === 'green' ? 'green' : colour;
        if (command.startsWith('show map')) socket.write(`0x55 colour ${colour}\n\n`);
        if (command.startsWith('show stat')) socket.write(STATISTICS);
        socket.end('\n');
      });
    }).listen(place.proxySocket);
    await once(server, 'listening');
  });
  afterEach(async () => {
    if (server.listening) await new Promise((done) => server.close(done));
    rmSync(folder, { recursive: true, force: true });
  });

  it('tells the active colour, switches it, and keeps it for the next start', async () => {
    const haproxy = new Haproxy(place);
    expect(await haproxy.colour()).toBe('blue');
    await haproxy.use('green');
    expect([colour, readFileSync(place.colourMap, 'utf8')]).toEqual(['green', 'colour green\n']);
  });

  it('says so when HAProxy did not switch, and keeps nothing then', async () => {
    colour = 'green';
    await expect(new Haproxy(place).use('blue')).rejects.toThrow('did not switch');
    expect(() => readFileSync(place.colourMap)).toThrow('ENOENT');
  });

  it('counts the ready processes and the open connections of each service in each colour', async () => {
    const backends = await new Haproxy(place).backends();
    expect(backends).toHaveLength(8);
    expect(backends).toContainEqual({ service: 'authz', colour: 'blue', ready: 2, sessions: 3 });
    expect(backends).toContainEqual({ service: 'kms', colour: 'green', ready: 0, sessions: 0 });
    expect(parseBackends('')).toContainEqual({ service: 'rs', colour: 'blue', ready: 0, sessions: 0 });
  });

  it('does not count a process that was never asked, which HAProxy calls up right after its start', async () => {
    const backends = await new Haproxy(place).backends();
    expect(backends).toContainEqual({ service: 'idp', colour: 'green', ready: 0, sessions: 0 });
  });

  it('says in a sentence that HAProxy does not run', async () => {
    await new Promise((done) => server.close(done));
    await expect(new Haproxy(place).colour()).rejects.toThrow('HAProxy does not run');
  });
});

describe('docker compose ps', () => {
  const entry = { Service: 'rs-blue', State: 'running', Health: 'healthy', Image: 'cryptoutil:0.1.0', Name: 'x' };
  const state = { service: 'rs-blue', state: 'running', health: 'healthy', image: 'cryptoutil:0.1.0' };

  it('is read as one object a line, as an array, and empty', () => {
    expect(parseContainers(`${JSON.stringify(entry)}\n${JSON.stringify(entry)}\n`)).toEqual([state, state]);
    expect(parseContainers(JSON.stringify([entry]))).toEqual([state]);
    expect(parseContainers('\n')).toEqual([]);
  });
});
