import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { keyFiles } from '../backup/sets/backup-keys.js';
import { ComposeHost } from './compose-host.fixture.js';
import { Deployment } from './deployment.js';
import { deploymentStatus } from './deployment-status.js';
import { changeDeploymentSettings } from './deployment-settings.js';
import { colouredServices } from './docker-compose.js';
import { rollbackDeployment, startDeployment, switchColour, type StartOptions } from './start-deployment.js';
import { defaultTriggers } from './rollback-triggers.js';
import { baselineOf, watchColour } from './watch.js';
import { baselineFrom } from './watched-requests.js';

const times = (count: number, status: number, ms = 1) => Array.from({ length: count }, () => ({ status, ms }));

describe('blue-green with Compose', () => {
  let host: ComposeHost;
  const path = process.env.PATH;
  beforeEach(async () => {
    host = await ComposeHost.start();
    process.env.PATH = host.path;
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    process.env.PATH = path;
    await host.remove();
  });
  const folder = () => host.place.folder;
  const start = (options: Partial<StartOptions> = {}) =>
    startDeployment(
      { folder: folder(), image: 'cryptoutil:2', healthyWithin: 30, watch: 1, backup: true, ...options },
      host.progress,
    );
  const [authz, idp, rs, kms] = [8080, 8081, 8082, 9090].map((port) => `cryptoutil health https://localhost:${port}`);
  const asked = (colour: string) => [
    `exec -T authz-${colour} ${authz}/.well-known/openid-configuration`,
    `exec -T idp-${colour} ${idp}/livez`,
    `exec -T rs-${colour} ${rs}/ui/swagger/doc.json`,
    `exec -T kms-${colour} ${kms}/ui/swagger/doc.json`,
  ];
  const warmed = (colour: string) =>
    asked(colour).map((call) => expect.stringMatching(new RegExp(`^${call} https://localhost:.* --times 50$`)));
  const [blue, green] = [colouredServices('blue'), colouredServices('green')];

  it('brings a new version in beside the old: backup, migration, start, health, a try, switch, watch, and only then the old one ends', async () => {
    host.log('before', times(30, 200));
    expect(await start()).toBe(0);
    expect(host.calls).toEqual([
      'run --rm --no-deps -T backup create',
      'run --rm --no-deps -T migrate',
      `up --detach --no-deps ${green.join(' ')}`,
      ...warmed('green'),
      `stop ${blue.join(' ')}`,
    ]);
    expect([host.colour, host.running()]).toEqual(['green', green]);
    expect(host.settings).toMatchObject({
      COMPOSE_PROFILES: 'green,telemetry',
      CRYPTOUTIL_GREEN_IMAGE: 'cryptoutil:2',
    });
    expect(host.notes).toContain('  set-1: 12 rows');
    expect(host.notes).toContain('  before: 30 requests, 0 server errors, p95 1.0 ms in five minutes');
    expect(host.notes.at(-1)).toMatch(/^green is active after \d+ s\. To go back: cryptoutil deploy rollback$/);
  }, 30_000);

  it.each<[string, string, number]>([
    ['the backup', 'run --rm --no-deps -T backup', 0],
    ['the migration', 'run --rm --no-deps -T migrate', 1],
    ['the start', 'up', 2],
    ['the try', 'exec -T rs-green', 5],
  ])('leaves everybody where they are when %s fails', async (_what, command, done) => {
    const before = host.settings;
    host.failAt(command);
    expect(await start()).toBe(1);
    const tries = command.startsWith('exec') ? 2 : 1;
    expect(host.calls.slice(done)).toEqual([
      ...Array<unknown>(tries).fill(expect.stringContaining(command)),
      `stop ${green.join(' ')}`,
    ]);
    expect([host.colour, host.running()]).toEqual(['blue', blue]);
    expect(host.settings).toEqual(before);
    expect(host.notes.at(-1)).toMatch(
      /^docker compose .* failed:\nno such thing\nNobody was switched: blue goes on\.$/,
    );
  });

  it('names the services that do not get healthy', async () => {
    host.fallIll('idp-green');
    expect(await start({ healthyWithin: 1, image: undefined })).toBe(1);
    expect(host.notes.at(-1)).toContain('green was not healthy within 1 s: idp\n');
    expect([host.colour, host.running()]).toEqual(['blue', blue]);
  });

  it('asks for the keys of backups, and goes without one when told so', async () => {
    rmSync(join(host.place.backupKeys, keyFiles.signerPrivate));
    expect(await start()).toBe(1);
    expect(host.notes.at(-1)).toContain('make keys with "cryptoutil backup keygen" on another host');
    expect(await start({ backup: false })).toBe(0);
    expect(host.calls.some((call) => call.includes('backup'))).toBe(false);
  }, 30_000);

  it('goes back by itself when more than 5 % of the requests fail', async () => {
    const before = host.settings;
    host.log('since', [...times(40, 200), ...times(3, 502)]);
    expect(await start({ watch: 600 })).toBe(1);
    expect(host.notes).toContain('Going back to blue: 7.0 % of 43 requests were answered with a server error.');
    expect([host.colour, host.running()]).toEqual(['blue', blue]);
    // Neither a rollback nor the next start without an image may bring in what was given up.
    expect(host.settings).toEqual(before);
  }, 30_000);

  it('brings in a version whose image does not know how to be made warm', async () => {
    const [first] = asked('green');
    host.failAt(`${first} https`);
    expect(await start()).toBe(0);
    expect(host.calls.filter((call) => call.includes('authz-green cryptoutil health'))).toEqual([
      warmed('green')[0],
      first,
    ]);
    expect([host.colour, host.notes.join('\n')]).toEqual(['green', expect.stringContaining('--times 50 failed:')]);
  }, 30_000);

  it('goes back by itself when a route stays much slower than before', async () => {
    host.log('before', times(60, 200, 10));
    host.log('since', times(60, 200, 200));
    const deployment = Deployment.at(folder());
    const reason = await watchColour(deployment, 'blue', {
      ...{ forMs: 600_000, everyMs: 10, slowness: { windowMs: 0, windows: 1 }, note: () => undefined },
      baseline: await baselineOf(deployment, 'blue'),
    });
    expect(reason).toBe('GET /a is slow: its median rose from 10 ms to 200 ms, 1 windows in a row');
  }, 30_000);

  it('takes a colour that HAProxy finds ill, or a HAProxy that is gone, for failing health checks', async () => {
    const watch = () =>
      watchColour(Deployment.at(folder()), 'blue', {
        ...{ forMs: 600_000, triggers: { ...defaultTriggers, unhealthyMs: 1_000 } },
        ...{ baseline: baselineFrom(''), note: () => undefined },
      });
    host.fallIll('kms-blue');
    expect(await watch()).toMatch(/^health checks have failed for \d+ s$/);
    await host.stopProxy();
    expect(await watch()).toMatch(/^health checks have failed for \d+ s$/);
  }, 30_000);

  it('switches only to a colour that is ready, and starts and stops nothing', async () => {
    const to = (colour?: 'blue' | 'green') => switchColour({ folder: folder(), to: colour }, host.progress);
    await expect(to()).rejects.toThrow('green is not ready (authz, idp, rs, kms): blue stays active.');
    await to('blue');
    expect(host.notes).toEqual(['blue is active already.']);
    await Deployment.at(folder()).compose.up('green');
    await to();
    expect([host.colour, host.settings.COMPOSE_PROFILES]).toEqual(['green', 'green,telemetry']);
    expect(host.running()).toEqual([...blue, ...green]);
  });

  it('rolls back to the colour before, which it starts first', async () => {
    expect(await start()).toBe(0);
    await rollbackDeployment({ folder: folder(), healthyWithin: 30 }, host.progress);
    expect(host.calls.slice(-2)).toEqual([`up --detach --no-deps ${blue.join(' ')}`, `stop ${green.join(' ')}`]);
    expect([host.colour, host.running()]).toEqual(['blue', blue]);
    host.fallIll('rs-green');
    await expect(rollbackDeployment({ folder: folder(), healthyWithin: 1 }, host.progress)).rejects.toThrow(
      'green was not healthy within 1 s: rs',
    );
    expect(host.colour).toBe('blue');
  }, 30_000);

  it('status tells the active colour and every part, and fails when what serves is not ready', async () => {
    let printed = '';
    jest.spyOn(console, 'log').mockImplementation((line: string) => void (printed += `${line}\n`));
    const status = async (json = false) => {
      printed = '';
      return [await deploymentStatus({ folder: folder(), json }), printed] as const;
    };
    changeDeploymentSettings(host.place, { CRYPTOUTIL_BLUE_IMAGE: 'cryptoutil:1' });
    const [code, text] = await status();
    expect(code).toBe(0);
    expect(text).toMatch(/^active: blue \(cryptoutil:1\)\n/);
    expect(text).toMatch(/^ {2}authz-blue +running +healthy +cryptoutil$/m);
    expect(text).toMatch(/^ {2}kms blue +1 ready, 2 connections$/m);
    host.colour = 'green';
    const [unready, warned] = await status();
    expect([unready, warned]).toEqual([1, expect.stringContaining('active: green')]);
    expect(warned).toContain('not ready');
    expect(warned).toContain('warning: .env starts blue; "cryptoutil deploy switch --to green" makes them agree.');
    const [failed, json] = await status(true);
    expect([failed, JSON.parse(json)]).toEqual([1, expect.objectContaining({ active: 'green', ready: false })]);
  });

  it('says what is missing: docker, a deployment, a folder', async () => {
    process.env.PATH = '/nowhere';
    await expect(Deployment.at(folder()).compose.containers()).rejects.toThrow('There is no docker on this machine');
    rmSync(host.place.settingsFile);
    await expect(start()).rejects.toThrow('make a deployment with "cryptoutil deploy init" first');
    await expect(startDeployment({ folder: '/nowhere', healthyWithin: 1, watch: 1, backup: true })).rejects.toThrow(
      'There is no /nowhere/compose.yml',
    );
  });
});
