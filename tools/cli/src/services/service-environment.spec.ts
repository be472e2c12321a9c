import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { homeAt, type Home } from '../home/home.js';
import { SuiteSecrets } from '../suite/suite-secrets.js';
import { serviceEnvironment } from './service-environment.js';
import { isServiceName, serviceNames } from './services.js';

const ports = { authz: 1, idp: 2, rs: 3, kms: 4, postgres: 5, authService: 8443 };

describe('the environment of a service', () => {
  let home: Home;
  const before = { ...process.env };
  beforeEach(() => {
    home = homeAt(mkdtempSync(join(tmpdir(), 'cryptoutil-environment-')));
  });
  afterEach(() => {
    process.env = { ...before };
    rmSync(home.folder, { recursive: true });
  });
  const environment = (name: (typeof serviceNames)[number], unsealShareFiles?: string[]) =>
    serviceEnvironment(name, { home, ports, secrets: new SuiteSecrets(home), unsealShareFiles });

  it('passes on PATH and OpenTelemetry, and nothing else that a person has exported', () => {
    Object.assign(process.env, {
      OTEL_SERVICE_NAME: 'demo',
      CRYPTOUTIL_LOG_LEVEL: 'debug',
      NODE_OPTIONS: '--inspect',
      HOME: '/x',
    });
    for (const name of serviceNames) {
      const { PATH, OTEL_SERVICE_NAME, ...rest } = environment(name);
      expect([PATH, OTEL_SERVICE_NAME]).toEqual([process.env.PATH, 'demo']);
      expect(Object.keys(rest).filter((variable) => !/^(CRYPTOUTIL|OTEL)_/.test(variable))).toEqual([]);
      expect(rest).not.toHaveProperty('CRYPTOUTIL_LOG_LEVEL');
      expect(rest).not.toHaveProperty('CRYPTOUTIL_HOME');
    }
  });

  it('names files of secrets and never their content', () => {
    const secrets = new SuiteSecrets(home);
    const { CRYPTOUTIL_TOKEN_HASH_KEY_FILE: file, ...rest } = environment('authz');
    expect(file).toBe(join(home.secrets, 'authz/token-hash-key'));
    expect(Object.values(rest).join(' ')).not.toContain(secrets.text('authz', 'database-password'));
  });

  it('gives each service its own certificate, database and secrets, on loopback', () => {
    const own = serviceNames.map((name) => {
      const values = environment(name);
      expect(values.CRYPTOUTIL_LISTEN_HOST).toBe('127.0.0.1');
      expect(values.CRYPTOUTIL_PUBLIC_URL).toBe(`https://localhost:${ports[name]}`);
      expect(values.CRYPTOUTIL_ISSUER ?? values.CRYPTOUTIL_AUTHZ_URL).toBe('https://localhost:1');
      return [
        values.CRYPTOUTIL_TLS_KEY_FILE,
        values.CRYPTOUTIL_DATABASE_NAME,
        values.CRYPTOUTIL_DATABASE_PASSWORD_FILE,
      ];
    });
    expect(new Set(own.flat()).size).toBe(12);
  });

  it('lets the kms unseal itself once it has shares', () => {
    expect(environment('kms')).not.toHaveProperty('CRYPTOUTIL_UNSEAL_SHARE_FILES');
    expect(environment('kms', ['/a', '/b', '/c']).CRYPTOUTIL_UNSEAL_SHARE_FILES).toBe('/a,/b,/c');
    expect(environment('rs', ['/a'])).not.toHaveProperty('CRYPTOUTIL_UNSEAL_SHARE_FILES');
  });

  it('knows the names of services from other words', () => {
    expect(serviceNames.every(isServiceName)).toBe(true);
    expect(isServiceName('postgres')).toBe(false);
  });
});
