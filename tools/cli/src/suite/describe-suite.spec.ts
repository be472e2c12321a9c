import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { demoClients } from '../demo/demo-clients.js';
import { homeAt, type Home } from '../home/home.js';
import { ensurePrivateFolder } from '../home/private-file.js';
import { announcement } from './announcement.js';
import { describeSuite } from './describe-suite.js';
import { readSuiteFile, requireSuiteFile, writeSuiteFile } from './suite-file.js';
import { SuiteSecrets } from './suite-secrets.js';

const ports = { authz: 8080, idp: 8081, rs: 8082, kms: 9090, postgres: 5432, authService: 8443 };
const pids = { authz: 11, idp: 12, rs: 13, kms: 14 };

describe('suite.json', () => {
  let home: Home;
  beforeEach(() => {
    home = homeAt(mkdtempSync(join(tmpdir(), 'cryptoutil-suite-')));
    ensurePrivateFolder(home.secrets);
  });
  afterEach(() => rmSync(home.folder, { recursive: true }));
  const suite = () => describeSuite({ home, ports, secrets: new SuiteSecrets(home) }, pids);

  it('has the shape of the contract, and nothing else', () => {
    const secret = expect.stringMatching(/^[\w-]{43}$/);
    const redirects = {
      redirect_uris: ['https://localhost:9443/cb', 'http://127.0.0.1/cb'],
      post_logout_redirect_uris: expect.any(Array),
    };
    const personal =
      'openid profile email offline_access read:resource write:resource delete:resource kms:encrypt kms:decrypt';
    expect(suite()).toEqual({
      issuer: 'https://localhost:8080',
      urls: {
        authz: 'https://localhost:8080',
        idp: 'https://localhost:8081',
        rs: 'https://localhost:8082',
        kms: 'https://localhost:9090',
        authService: 'https://localhost:8443',
      },
      caFile: join(home.folder, 'pki/ca.crt'),
      unsealShareFiles: [1, 2, 3, 4, 5].map((number) => join(home.folder, `shares/share-${number}`)),
      pids,
      users: [
        { username: 'alice', password: 'correct horse battery staple', email: 'alice@example.com' },
        { username: 'admin', password: secret, email: 'admin@example.com' },
      ],
      clients: {
        web: { client_id: 'web', ...redirects, scope: personal },
        confidential: { client_id: 'confidential', client_secret: secret, ...redirects, scope: personal },
        service: { client_id: 'service', client_secret: secret, scope: expect.stringContaining('kms:generate') },
        ops: { client_id: 'ops', client_secret: secret, scope: 'kms:admin authz:admin' },
        introspector: { client_id: 'introspector', client_secret: secret },
      },
      clientCerts: { ops: { certFile: join(home.folder, 'pki/ops.crt'), keyFile: join(home.folder, 'pki/ops.key') } },
    });
  });

  it('gives kms:admin to ops alone', () => {
    const withAdmin = demoClients(ports, () => 'x').filter(({ scope }) => /admin/.test(scope ?? ''));
    expect(withAdmin.map(({ client_id: id }) => id)).toEqual(['ops']);
  });

  it('is for its owner alone, and secrets stay the same at the next start', () => {
    const first = suite();
    writeSuiteFile(home, first);
    expect(statSync(home.suiteFile).mode & 0o777).toBe(0o600);
    expect(readSuiteFile(home)).toEqual(suite());
    for (const file of readdirSync(home.secrets, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )) {
      expect(statSync(join(file.parentPath, file.name)).mode & 0o777).toBe(0o600);
    }
  });

  it('that is missing is one sentence on how to start', () => {
    expect(readSuiteFile(home)).toBeUndefined();
    expect(() => requireSuiteFile(home)).toThrow(/npm start.*CRYPTOUTIL_HOME/);
  });

  it('is told to people: addresses, people, one line for a token, one that uses it, and how to stop', () => {
    const described = suite();
    const text = announcement(described, home);
    for (const url of Object.values(described.urls)) expect(text).toContain(url);
    expect(text).toContain('alice  correct horse battery staple');
    expect(text).toMatch(/TOKEN=\$\(curl .* -u service:[\w-]{43} .*\/oauth2\/v1\/token \| sed .*\) && echo "\$TOKEN"/);
    expect(text).toContain(
      `curl --cacert ${described.caFile} -H "Authorization: Bearer $TOKEN" https://localhost:8082/api/v1/protected/resource`,
    );
    expect(text).toContain('Stop: Ctrl-C');
    expect(readFileSync(join(home.secrets, 'clients/ops'), 'utf8').trim()).not.toBe('');
    expect(text).not.toContain(described.clients.ops!.client_secret);
  });

  it('quotes paths the shell would not take as they are', () => {
    const text = announcement({ ...suite(), caFile: "/tmp/it's here/ca.crt" }, home);
    expect(text).toContain(`--cacert '/tmp/it'\\''s here/ca.crt'`);
  });
});
