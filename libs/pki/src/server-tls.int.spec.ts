import { once } from 'node:events';
import { Agent, createServer, request, type RequestOptions, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { X509Certificate } from '@cryptoutil/crypto';
import type { IssuedCertificate } from './authority.js';
import { CertificateStore } from './certificate-store.js';
import { authority, filesOf, oddCertificate, replaceFiles, type Authority } from './certificates.fixture.js';
import { peerIdentity } from './identity.js';
import { followCertificateChanges, serverTlsOptions } from './server-tls.js';
import type { TlsFiles } from './tls-material.js';

let ca: Authority;
let files: TlsFiles;
let store: CertificateStore;
let server: Server;
let port: number;
/** Answers that wait until they are let go. */
let held: (() => void)[];

beforeAll(async () => void (ca = await authority()));
beforeEach(async () => {
  files = await filesOf(await ca.issue({ identity: 'kms' }), ca.certificatePem);
  store = await CertificateStore.open(files);
  held = [];
  server = createServer(serverTlsOptions(store), (incoming, response) => {
    const answer = () => response.end(JSON.stringify({ identity: peerIdentity(incoming.socket) ?? null }));
    if (incoming.url === '/held') held.push(answer);
    else answer();
  });
  followCertificateChanges(server, store);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  jest.restoreAllMocks();
  store.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const keyPair = ({ certificatePem, privateKeyPem }: IssuedCertificate) => ({
  cert: certificatePem,
  key: privateKeyPem,
});
const get = (options: RequestOptions): Promise<{ identity: string | null }> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, ca: ca.certificatePem, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve(JSON.parse(text) as { identity: string | null }));
    });
    outgoing.on('error', reject).end();
  });
const identityFor = async (client: RequestOptions) => (await get({ ...client, agent: false })).identity;
const handshake = async (options: ConnectionOptions): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port, ca: ca.certificatePem, ...options });
  await once(socket, 'secureConnect');
  return socket;
};
const servedSerial = async () => {
  const socket = await handshake({});
  const { serialNumber } = socket.getPeerX509Certificate()!;
  socket.destroy();
  return serialNumber;
};
const serialOf = ({ certificatePem }: IssuedCertificate) => new X509Certificate(certificatePem).serialNumber;

describe('who connects', () => {
  test('a certificate of the internal authority gives its identity', async () => {
    expect(await identityFor(keyPair(await ca.issue({ identity: 'authz' })))).toBe('authz');
  });

  test('without a certificate one is served, and is nobody', async () => {
    expect(await identityFor({})).toBeNull();
  });

  test.each<[string, () => Promise<IssuedCertificate>]>([
    ['of a foreign authority', async () => (await authority()).issue({ identity: 'ops' })],
    [
      'that is expired',
      () => oddCertificate(ca, [{ type: 'url', value: 'spiffe://cryptoutil/ops' }], { validForMs: -1 }),
    ],
    [
      'for servers only (RFC 5280 §4.2.1.12)',
      () =>
        oddCertificate(ca, [{ type: 'url', value: 'spiffe://cryptoutil/ops' }], { purposes: ['1.3.6.1.5.5.7.3.1'] }),
    ],
    [
      'with an identity hidden in a DNS name',
      () => oddCertificate(ca, [{ type: 'dns', value: 'a, URI:spiffe://cryptoutil/ops' }]),
    ],
    [
      'with two identities',
      () =>
        oddCertificate(ca, [
          { type: 'url', value: 'spiffe://cryptoutil/authz' },
          { type: 'url', value: 'spiffe://cryptoutil/ops' },
        ]),
    ],
    [
      'signed by a leaf instead of the authority',
      async () =>
        oddCertificate(await ca.issue({ identity: 'rs' }), [{ type: 'url', value: 'spiffe://cryptoutil/ops' }]),
    ],
  ])('a certificate %s is nobody', async (_, certificate) => {
    expect(await identityFor(keyPair(await certificate()))).toBeNull();
  });

  test('an identity ends with its certificate, also on a connection kept alive', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...keyPair(await ca.issue({ identity: 'authz' })) });
    expect((await get({ agent })).identity).toBe('authz');
    const later = Date.now() + 3 * 86_400_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    expect((await get({ agent })).identity).toBeNull();
    agent.destroy();
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a resumed %s session has the identity of its first handshake',
    async (version) => {
      const client = { ...keyPair(await ca.issue({ identity: 'authz' })), minVersion: version, maxVersion: version };
      const { session } = await ask(client);
      const again = await ask({ ...client, session });
      expect(again).toMatchObject({ reused: true, identity: 'authz' });
    },
  );

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a %s session cannot be resumed once its authority is out',
    async (version) => {
      const client = { ...keyPair(await ca.issue({ identity: 'authz' })), minVersion: version, maxVersion: version };
      const { session } = await ask(client);
      const successor = await authority();
      const renewed = await filesOf(await successor.issue({ identity: 'kms' }), successor.certificatePem);
      server.setSecureContext(serverTlsOptions(await opened(renewed)));
      const again = await ask({ ...client, ca: successor.certificatePem, session });
      expect(again).toMatchObject({ reused: false, identity: null });
    },
  );
});

describe('what is spoken', () => {
  test.each<[string, ConnectionOptions]>([
    ['TLS 1.1 (RFC 8996)', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }],
    ['TLS 1.2 without authenticated encryption', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
  ])('%s is refused', async (_, options) => {
    await expect(handshake(options)).rejects.toThrow(/alert|protocol version|handshake/i);
  });
});

describe('certificates that change', () => {
  test('new connections get the new certificate; open ones and answers under way go on', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...keyPair(await ca.issue({ identity: 'authz' })) });
    const sockets = new Set<unknown>();
    server.on('secureConnection', (socket) => sockets.add(socket));
    const before = await servedSerial();
    const underWay = get({ agent, path: '/held' });
    await until(() => held.length === 1);

    const renewed = await ca.issue({ identity: 'kms' });
    const changed = new Promise<void>((resolve) => store.onChange(() => resolve()));
    await replaceFiles(files, renewed);
    await changed;

    expect(await servedSerial()).toBe(serialOf(renewed));
    expect(serialOf(renewed)).not.toBe(before);
    held[0]!();
    expect((await underWay).identity).toBe('authz');
    const known = sockets.size;
    expect((await get({ agent })).identity).toBe('authz');
    expect(sockets.size).toBe(known);
    agent.destroy();
  });

  test('a key that does not match is reported, and the old certificate goes on being served', async () => {
    const before = await servedSerial();
    const problem = new Promise<string>((resolve) => store.onProblem(resolve));
    await replaceFiles(files, { ...(await ca.issue()), privateKeyPem: (await ca.issue()).privateKeyPem });
    expect(await problem).toContain('does not belong to the certificate');
    expect(await servedSerial()).toBe(before);
  });

  test('after the function was called that ends it, the server is left alone', async () => {
    const before = await servedSerial();
    const other = createServer(serverTlsOptions(store));
    const setSecureContext = jest.spyOn(other, 'setSecureContext');
    followCertificateChanges(other, store)();
    await replaceFiles(files, await ca.issue({ identity: 'kms' }));
    await store.reload();
    expect(setSecureContext).not.toHaveBeenCalled();
    expect(await servedSerial()).not.toBe(before);
  });
});

async function opened(of: TlsFiles): Promise<CertificateStore> {
  const other = await CertificateStore.open(of);
  other.close();
  return other;
}

/** One request on a connection of its own, and the session that could be resumed. */
async function ask(options: ConnectionOptions): Promise<{ identity: unknown; reused: boolean; session: Buffer }> {
  const sessions: Buffer[] = [];
  const socket = connect({ host: '127.0.0.1', port, ca: ca.certificatePem, ...options });
  socket.on('session', (session) => sessions.push(session));
  await once(socket, 'secureConnect');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await once(socket, 'end');
  const { identity } = JSON.parse(/\{.*\}/.exec(text)![0]) as { identity: unknown };
  const answer = { identity, reused: socket.isSessionReused(), session: sessions.at(-1) ?? socket.getSession()! };
  socket.destroy();
  return answer;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
