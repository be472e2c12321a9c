import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '@cryptoutil/database/embedded';
import { choosePorts } from '../suite/suite-options.js';
import { requireFreePorts } from './ports.js';

describe('the check of the ports', () => {
  let other: Server;
  let taken: number;
  beforeEach(async () => {
    other = createServer();
    await new Promise<void>((settle) => other.listen(0, '127.0.0.1', settle));
    taken = (other.address() as AddressInfo).port;
  });
  afterEach(() => void other.close());

  it('names the port, the service and the option of each that is taken', async () => {
    const free = await freePort();
    const attempt = choosePorts({ authz: taken, idp: free, rs: 0, kms: 0 });
    await expect(attempt).rejects.toThrow(
      `Port ${taken} of authz is taken by another process: stop that one or choose another port with --authz-port.`,
    );
  });

  it('lets free ports through and finds one for each 0', async () => {
    const free = await freePort();
    const ports = await choosePorts({ authz: free, idp: 0, rs: 0, kms: 0 });
    expect(ports.authz).toBe(free);
    expect(new Set(Object.values(ports)).size).toBe(Object.keys(ports).length);
    expect(Math.min(...Object.values(ports))).toBeGreaterThan(0);
  });

  it('refuses one port for two services', async () => {
    const port = await freePort();
    await expect(choosePorts({ authz: port, idp: port, rs: 0, kms: 0 })).rejects.toThrow(
      `Port ${port} was chosen for two services; give authz another one with --authz-port.`,
    );
  });

  it('refuses what is no port', async () => {
    await expect(choosePorts({ kms: 65_536 })).rejects.toThrow('--kms-port must be a number from 0 to 65535');
    await expect(choosePorts({ kms: 1.5 })).rejects.toThrow('--kms-port');
  });

  it('leaves the ports it looked at free', async () => {
    const port = await freePort();
    const wanted = [{ name: 'rs', port, option: '--rs-port' }];
    await requireFreePorts(wanted);
    await expect(requireFreePorts(wanted)).resolves.toBeUndefined();
  });
});
