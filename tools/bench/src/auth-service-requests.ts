import { readFileSync } from 'node:fs';
import type { RunningSuite } from '@cryptoutil/cli';
import { post, RawClient, type Target } from './raw-client.js';

export const BASE = '/auth-server/v1/oauth';
const USERS = 'http://api.example.com/v1/users';
const form = JSON.stringify({
  client_id: 'test-client',
  client_secret: 'test-secret-123',
  grant_type: 'client_credentials',
});

/** The bytes of a request for a token. */
export const asksForToken = post(`${BASE}/token`, { 'Content-Type': 'application/json' }, form);

/** The bytes of a gateway's question about a token. */
export const asks = (token: string): string =>
  post(`${BASE}/validate`, { Authorization: `Bearer ${token}`, 'X-Forwarded-For': USERS });

/** Where the Auth Service of a suite listens. */
export const targetOf = ({ file }: RunningSuite): Target => ({
  port: Number(new URL(file.urls.authService).port),
  ca: readFileSync(file.caFile, 'utf8'),
});

/** Gets that many tokens (a few more), by 20 connections at once. */
export async function issueTokens(target: Target, count: number): Promise<string[]> {
  const tokens: string[] = [];
  const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.open(target)));
  await Promise.all(
    clients.map(async (client) => {
      while (tokens.length < count) {
        const status = await client.send(asksForToken);
        if (status !== 200) throw new Error(`token answered ${status}`);
        tokens.push((JSON.parse(client.body) as { access_token: string }).access_token);
      }
      client.close();
    }),
  );
  return tokens;
}
