import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { composeFile, shipped } from './shipped-files.fixture.js';

const installed = spawnSync('haproxy', ['-v']).status === 0;

describe('deployments/haproxy/haproxy.cfg', () => {
  const text = shipped('deployments/haproxy/haproxy.cfg');
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-haproxy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has a backend for each service in each colour, behind one frontend a service', () => {
    for (const name of ['authz', 'idp', 'rs', 'kms']) {
      expect(text).toContain(`frontend ${name}\n  bind ":\${${name.toUpperCase()}_PORT}"\n`);
      for (const colour of ['blue', 'green']) expect(text).toContain(`backend ${name}-${colour}\n`);
    }
    expect(text).not.toMatch(/bind .*\bssl\b/);
  });

  it('tells every server where the client is, by an address that the services trust and nobody else can have', () => {
    expect(text).toMatch(/^ {2}default-server send-proxy-v2 check-send-proxy /m);
    expect(text).not.toMatch(/no-send-proxy|no-check-send-proxy/);
    const { services, networks } = composeFile();
    const own = (services.haproxy!.networks as Record<string, { ipv4_address?: string }>).internal!.ipv4_address;
    const prefix = '${CRYPTOUTIL_INTERNAL_NETWORK:-172.31.251}';
    expect(own).toBe(`${prefix}.2`);
    for (const name of ['authz-blue', 'idp-green', 'rs-blue', 'kms-green'])
      expect(services[name]!.environment!.CRYPTOUTIL_TRUSTED_PROXIES).toBe(own);
    expect(networks.internal).toMatchObject({
      ipam: { config: [{ subnet: `${prefix}.0/24`, ip_range: `${prefix}.128/25` }] },
    });
  });

  // Where HAProxy is not installed its own check cannot be asked; the container stage always runs it.
  (installed ? it : it.skip)('is accepted by HAProxy itself', () => {
    const authority = '/etc/ssl/certs/ca-certificates.crt';
    const map = join(folder, 'colour.map');
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(map, 'colour blue\n');
    writeFileSync(file, text.replaceAll('/run/authority/ca.crt', authority).replaceAll('/run/cryptoutil', folder));
    const ports = {
      AUTHZ_PORT: '8080',
      IDP_PORT: '8081',
      RS_PORT: '8082',
      KMS_PORT: '9090',
      AUTH_SERVICE_PORT: '8443',
    };
    const run = () => execFileSync('haproxy', ['-c', '-f', file], { env: { ...process.env, ...ports }, stdio: 'pipe' });
    expect(run).not.toThrow();
  });
});
