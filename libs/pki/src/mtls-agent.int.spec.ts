import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { fetch, request, type Dispatcher } from 'undici';
import { X509Certificate } from '@cryptoutil/crypto';
import type { IssuedCertificate } from './authority.js';
import { CertificateStore } from './certificate-store.js';
import { authority, filesOf, replaceFiles, type Authority } from './certificates.fixture.js';
import { peerIdentity } from './identity.js';
import { mtlsAgent, type MtlsAgentOptions } from './mtls-agent.js';
import { serverTlsOptions } from './server-tls.js';
import type { TlsFiles } from './tls-material.js';

let ca: Authority;
const closing: (() => unknown)[] = [];
let clientFiles: TlsFiles;
let client: CertificateStore;
/** Answers that wait until they are let go. */
let held: (() => void)[];

const open = async (files: TlsFiles) => {
  const store = await CertificateStore.open(files);
  closing.push(() => store.close());
  return store;
};
const serve = async (issued: IssuedCertificate): Promise<number> => {
  const store = await open(await filesOf(issued, ca.certificatePem));
  const server: Server = createServer(serverTlsOptions(store), (incoming, response) => {
    const socket = incoming.socket as TLSSocket;
    const answer = () =>
      response.end(
        JSON.stringify({ identity: peerIdentity(socket), serial: socket.getPeerX509Certificate()?.serialNumber }),
      );
    if (incoming.url === '/held') held.push(answer);
    else answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};
const agentWith = (options?: MtlsAgentOptions): Dispatcher => {
  const agent = mtlsAgent(client, options);
  closing.push(() => agent.destroy().catch(() => undefined));
  return agent;
};
interface Seen {
  identity: string;
  serial: string;
}
const get = async (port: number, dispatcher: Dispatcher, path = '/', host = 'localhost'): Promise<Seen> => {
  const { body } = await request(`https://${host}:${port}${path}`, { dispatcher });
  return (await body.json()) as Seen;
};

beforeAll(async () => void (ca = await authority()));
beforeEach(async () => {
  held = [];
  clientFiles = await filesOf(await ca.issue({ identity: 'authz' }), ca.certificatePem);
  client = await open(clientFiles);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe('mtlsAgent', () => {
  test('presents the certificate of the store, for request and for fetch', async () => {
    const port = await serve(await ca.issue({ identity: 'kms' }));
    const dispatcher = agentWith({ connections: 1 });
    expect((await get(port, dispatcher)).identity).toBe('authz');
    const answer = await fetch(`https://localhost:${port}/`, { dispatcher });
    expect(await answer.json()).toMatchObject({ identity: 'authz' });
  });

  test('trusts the internal authorities alone', async () => {
    const port = await serve(await (await authority()).issue({ identity: 'kms' }));
    await expect(get(port, agentWith())).rejects.toThrow(/self-signed|unable to (verify|get)/);
  });

  test('demands a certificate for the host', async () => {
    const port = await serve(await ca.issue({ identity: 'kms', dnsNames: ['elsewhere'] }));
    await expect(get(port, agentWith())).rejects.toThrow(/does not match certificate/);
  });

  test('demands the identity of the server when one is expected', async () => {
    const kms = await serve(await ca.issue({ identity: 'kms' }));
    const impostor = await serve(await ca.issue({ identity: 'rs' }));
    const dispatcher = agentWith({ serverIdentity: 'kms' });
    expect((await get(kms, dispatcher)).identity).toBe('authz');
    await expect(get(impostor, dispatcher)).rejects.toThrow('does not carry the identity kms');
  });

  test('after a change, new requests present the new certificate, and a request under way still gets its answer', async () => {
    const port = await serve(await ca.issue({ identity: 'kms' }));
    const dispatcher = agentWith();
    const before = await get(port, dispatcher);
    const underWay = get(port, dispatcher, '/held');
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));

    const renewed = await ca.issue({ identity: 'authz' });
    await replaceFiles(clientFiles, renewed);
    await client.reload();

    const after = await get(port, dispatcher);
    expect(after.serial).toBe(new X509Certificate(renewed.certificatePem).serialNumber);
    held[0]!();
    expect((await underWay).serial).toBe(before.serial);
  });

  test('gives up on a server that does not answer in time', async () => {
    const port = await serve(await ca.issue({ identity: 'kms' }));
    await expect(get(port, agentWith({ responseTimeoutMs: 1 }), '/held')).rejects.toMatchObject({
      code: 'UND_ERR_HEADERS_TIMEOUT',
    });
  });

  test.each<[string, (agent: Dispatcher) => Promise<unknown>]>([
    ['close()', (agent) => agent.close()],
    ['close(callback)', (agent) => new Promise<void>((resolve) => agent.close(resolve))],
    ['destroy()', (agent) => agent.destroy()],
    ['destroy(error)', (agent) => agent.destroy(new Error('over'))],
    ['destroy(callback)', (agent) => new Promise<void>((resolve) => agent.destroy(resolve))],
    ['destroy(error, callback)', (agent) => new Promise<void>((resolve) => agent.destroy(null, resolve))],
  ])('after %s nothing is requested any more, and changes are not followed', async (_, end) => {
    const port = await serve(await ca.issue({ identity: 'kms' }));
    const dispatcher = agentWith();
    await get(port, dispatcher);
    await end(dispatcher);
    await replaceFiles(clientFiles, await ca.issue({ identity: 'authz' }));
    await client.reload();
    await expect(get(port, dispatcher)).rejects.toMatchObject({
      code: expect.stringMatching(/^UND_ERR_(CLOSED|DESTROYED)$/),
    });
  });
});
