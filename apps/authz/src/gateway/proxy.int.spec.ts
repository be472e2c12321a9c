import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BASE, gatewayFixture, type GatewayFixture } from './gateway.fixture.js';

const proxy = '127.0.0.4';

describe('the API behind a proxy that passes TLS through', () => {
  let gateway: GatewayFixture;
  beforeAll(async () => {
    const burst = { CRYPTOUTIL_AUTH_SERVICE_CLIENT_RPS: '1', CRYPTOUTIL_AUTH_SERVICE_CLIENT_BURST: '2' };
    gateway = await gatewayFixture({ env: { CRYPTOUTIL_TRUSTED_PROXIES: `${proxy}/32`, ...burst } });
  }, 60_000);
  afterAll(() => gateway?.close());

  /** The status of a request with wrong credentials by HTTP/2, from a client of which a proxy tells. */
  const askFrom = async (client: string): Promise<number> => {
    const url = new URL(gateway.replicas[0]!.url);
    const socket = connectTcp({ port: Number(url.port), host: '127.0.0.1', localAddress: proxy });
    await once(socket, 'connect');
    socket.write(`PROXY TCP4 ${client} 198.51.100.1 40000 8443\r\n`);
    const tls = connectTls({ socket, servername: 'localhost', ca: gateway.caPem, ALPNProtocols: ['h2'] });
    await once(tls, 'secureConnect');
    const session = connectHttp2(url, { createConnection: () => tls });
    const stream = session.request({ ':method': 'POST', ':path': `${BASE}/token`, 'content-type': 'application/json' });
    stream.end(JSON.stringify({ client_id: 'nobody', client_secret: 'x', grant_type: 'client_credentials' }));
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    stream.resume();
    session.destroy();
    return Number(headers[':status']);
  };

  it('limits wrong credentials by the address of the client', async () => {
    const statuses = [];
    for (const client of ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2']) statuses.push(await askFrom(client));
    expect(statuses).toEqual([401, 401, 429, 401]);
  });

  it('still serves clients that come without the proxy', async () => {
    expect((await gateway.call('/health')).status).toBe(200);
  });
});
