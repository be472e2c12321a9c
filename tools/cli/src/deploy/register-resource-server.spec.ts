import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MockAgent } from 'undici';
import { registerResourceServer } from './register-resource-server.js';

const AUTHZ = 'https://localhost:8080';
let agent: MockAgent;
beforeEach(() => {
  agent = new MockAgent();
  agent.disableNetConnect();
  jest.spyOn(console, 'log').mockReturnValue();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await agent.close();
});

const answering = (status: number, body: object, seen: (body: string) => void = () => undefined): void => {
  agent
    .get(AUTHZ)
    .intercept({
      path: '/admin/v1/clients/rs',
      method: 'PUT',
      body: (text) => {
        seen(text);
        return true;
      },
    })
    .reply(status, body, { headers: { 'content-type': 'application/json' } });
};

describe('the registration of the resource server', () => {
  test('binds it to its certificate and to its public URL, with no secret', async () => {
    let sent = '';
    answering(201, {}, (text) => (sent = text));
    await registerResourceServer(agent, AUTHZ, 'https://api.example');
    expect(JSON.parse(sent)).toEqual({
      client_name: 'Resource server',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_uri: 'spiffe://cryptoutil/rs',
      resource_indicator: 'https://api.example',
    });
  });

  test('says why authz refuses it', async () => {
    answering(403, { title: 'Forbidden', detail: 'not the identity ops', code: 'forbidden' });
    await expect(registerResourceServer(agent, AUTHZ, 'https://api.example')).rejects.toThrow(
      /resource server was not registered: .*not the identity ops/,
    );
  });
});
