import { type KmsSuite, type Replica, adminScopes, api, kmsSuite } from './kms-suite.fixture.js';

/** Two unsealed replicas on one database, and an administrator's calls to them. */
export async function twoUnsealed() {
  const suite = await kmsSuite();
  const first = await suite.startUnsealed();
  const b = await suite.start();
  await b.unseal(first.shares.slice(0, 3));
  const a: Replica = first;
  return { suite, a, b, token: await suite.issuer.token(adminScopes) };
}

let made = 0;

/** What an administrator asks of the replicas. */
export function keyCalls(given: () => { suite: KmsSuite; a: Replica; token: string }) {
  const create = async (algorithm: string, more: object = {}) => {
    const { a, token } = given();
    const body = { name: `key ${(made += 1)}`, algorithm, ...more };
    return (await a.call('POST', api, { token, body })).body as { id: string; current_kid: string; name: string };
  };
  const post = (kms: Replica, path: string, body?: unknown) =>
    kms.call('POST', `${api}/${path}`, { token: given().token, body });
  const outcome = async (kms: Replica, path: string, body: unknown) => {
    const answer = await post(kms, path, body);
    return answer.status === 200 ? 'done' : `${answer.body.code}`;
  };
  const restamp = async (statement: string, parameters: unknown[]) => given().suite.database.sql(statement, parameters);
  return { create, post, outcome, restamp };
}
