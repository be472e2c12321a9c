// Load on a deployment: people who sign in and refresh their tokens, services that get tokens and use them, on kept and on new
// connections. Goes on until it gets SIGTERM. Prints the counts as one JSON line at SIGUSR1, where they begin anew, and at the end (how often
// each kind of failure was, and when the first twenty were); the number of requests since then at SIGUSR2.
// With --gateway also clients of Auth Service v1.0, counting the secrets that signed (kids) and good tokens of a secret before (older).
//   node tools/containers/load.mjs [--folder deployments/compose] [--workers 6] [--gateway] [--at-most <requests>]
//   node tools/containers/load.mjs --ops <folder with tls.crt, tls.key, ca.crt> --authz <url> --idp <url> --rs <url>
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Agent, buildConnector, fetch } from 'undici';
import { SmokeFlow } from '../cli/dist/smoke/smoke-flow.js';
import { gatewayTurns, registerGateway } from './load-gateway.mjs';

const { values: options } = parseArgs({
  options: {
    folder: { type: 'string', default: 'deployments/compose' },
    workers: { type: 'string', default: '6' },
    gateway: { type: 'boolean', default: false },
    'at-most': { type: 'string', default: '10000000' },
    ops: { type: 'string' },
    authz: { type: 'string' },
    idp: { type: 'string' },
    rs: { type: 'string' },
  },
});
/** A deployment of Compose is on this machine, whatever its public name resolves to here. */
function composed(folder) {
  const settings = Object.fromEntries(
    readFileSync(join(folder, '.env'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const url = (name) => `https://${settings.CRYPTOUTIL_HOST}:${settings[`CRYPTOUTIL_${name.toUpperCase()}_PORT`]}`;
  const pki = (file) => readFileSync(join(folder, 'pki', file));
  return {
    urls: Object.fromEntries(['authz', 'idp', 'rs', 'auth_service'].map((name) => [name, url(name)])),
    tls: {
      ca: pki('ca.crt'),
      lookup: (_host, { all }, done) =>
        all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
    },
    identity: { cert: pki('ops.crt'), key: pki('ops.key') },
  };
}

function named({ ops, authz, idp, rs }) {
  const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((file) => readFileSync(join(ops, file)));
  return { urls: { authz, idp, rs }, tls: { ca }, identity: { cert, key } };
}

const { urls, tls, identity } = options.ops ? named(options) : composed(options.folder);
// Authorities change while this runs: each new connection trusts those of now.
const authorityFile = options.ops ? join(options.ops, 'ca.crt') : join(options.folder, 'pki/ca.crt');
let trusted;
let connector;
const connect = (request, done) => {
  const ca = readFileSync(authorityFile);
  if (!trusted?.equals(ca)) connector = buildConnector({ ...tls, ca });
  trusted = ca;
  connector(request, done);
};
const nothing = { requests: 0, failed: 0, logins: 0, refreshes: 0, newConnections: 0 };
if (options.gateway) Object.assign(nothing, { validated: 0, older: 0, kids: 0 });
let kids = new Set();
let counts = { ...nothing };
let total = 0;
let failures = [];
let kinds = {};
let took = [];

function fail(what) {
  counts.failed += 1;
  kinds[what] = (kinds[what] ?? 0) + 1;
  if (failures.length < 20) failures.push(`${new Date().toISOString()} ${what}`);
}

/** Counts what goes over the wire: an answer of 500 and more, or none at all, is a failure. */
const counting = (dispatch) => (request, handler) => {
  const begun = performance.now();
  const what = `${request.method} ${request.origin}${String(request.path).split('?')[0]}`;
  counts.requests += 1;
  total += 1;
  return dispatch(request, {
    onRequestStart: (...args) => handler.onRequestStart?.(...args),
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (controller, status, ...args) => {
      took.push(performance.now() - begun);
      if (status >= 500) fail(`${what}: ${status}`);
      return handler.onResponseStart?.(controller, status, ...args);
    },
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (controller, error) => {
      fail(`${what}: ${error.code ?? error.message}`);
      return handler.onResponseError?.(controller, error);
    },
  });
};
const agent = (more = {}) =>
  new Agent({ connect, headersTimeout: 30_000, bodyTimeout: 30_000, ...more }).compose(counting);
const kept = agent({ connections: 8 });
// Without pipelining a connection serves one request.
const fresh = agent({ pipelining: 0 });

const user = { username: 'load', password: 'a long enough password for load', email: 'load@example.com' };
const confidential = { client_id: 'confidential', client_secret: 'load-test-secret-load-test-secret-load' };
const service = { client_id: 'service', client_secret: 'load-test-secret-load-test-secret-load' };
const redirect = 'https://localhost:9443/cb';

async function prepare() {
  const operator = new Agent({ connect: { ...tls, ...identity } });
  const put = async (target, body) => {
    const answer = await fetch(target, {
      method: 'PUT',
      dispatcher: operator,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${target}: ${answer.status} ${await answer.text()}`);
  };
  const client = (name, body) => put(`${urls.authz}/admin/v1/clients/${name}`, body);
  await client('confidential', {
    client_name: 'Load',
    client_secret: confidential.client_secret,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirect],
    scope: 'openid profile email offline_access read:resource',
  });
  await client('service', {
    client_name: 'Load',
    client_secret: service.client_secret,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    scope: 'read:resource write:resource',
  });
  await put(`${urls.idp}/admin/v1/users/${user.username}`, {
    password: user.password,
    email: user.email,
    name: 'Load',
    roles: [],
  });
  if (options.gateway) await registerGateway(urls.authz, operator);
  await operator.close();
}

const suite = {
  issuer: urls.authz,
  urls,
  users: [user],
  clients: { confidential: { ...confidential, redirect_uris: [redirect] }, service },
};
let stopping = false;
process.on('SIGTERM', () => (stopping = true)).on('SIGINT', () => (stopping = true));
process.on('SIGUSR2', () => console.error(`requests ${counts.requests}`));
process.on('SIGUSR1', endPhase);
const going = () => !stopping && total < Number(options['at-most']);

function endPhase() {
  took.sort((a, b) => a - b);
  const p95Ms = Math.round(took[Math.floor(took.length * 0.95)] ?? 0);
  console.log(JSON.stringify({ ...counts, p95Ms, kinds, failures }));
  counts = { ...nothing };
  failures = [];
  kinds = {};
  kids = new Set();
  took = [];
}

function saw(kid, isOlder) {
  counts.validated += 1;
  if (isOlder) counts.older += 1;
  kids.add(kid);
  counts.kids = kids.size;
}

async function machine(dispatcher) {
  while (going()) {
    const answer = await fetch(`${urls.authz}/oauth2/v1/token`, {
      method: 'POST',
      dispatcher,
      headers: {
        authorization: `Basic ${Buffer.from(`${service.client_id}:${service.client_secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'read:resource', resource: urls.rs }),
    });
    // Without a token there is nothing to ask rs for; what is 500 and more has been counted.
    if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
    const { access_token: token } = await answer.json();
    for (let call = 0; call < (dispatcher === fresh ? 8 : 60) && going(); call += 1) {
      const read = await fetch(`${urls.rs}/api/v1/protected/resource`, {
        dispatcher,
        headers: { authorization: `Bearer ${token}` },
      });
      await read.arrayBuffer();
      if (read.status !== 200 && read.status < 500) fail(`rs: ${read.status}`);
      if (dispatcher === fresh) counts.newConnections += 1;
    }
  }
}

/** Signs in now and then, and refreshes in between: each refresh token is good for one use. */
async function person() {
  while (going()) {
    const flow = new SmokeFlow(suite, kept);
    await flow.discover('confidential');
    let tokens = await flow.signIn('openid offline_access read:resource', []);
    counts.logins += 1;
    for (let turn = 0; turn < 10 && going(); turn += 1) {
      tokens = await flow.refresh(tokens);
      counts.refreshes += 1;
    }
  }
}

/** A worker that was thrown out of its flow begins anew; what threw it out has been counted, or is now. */
async function forever(work) {
  while (going()) {
    const before = [counts, counts.failed];
    try {
      await work();
    } catch (error) {
      if (counts === before[0] && counts.failed === before[1])
        fail(`${error.name}: ${error.message}${error.cause ? ` (${JSON.stringify(error.cause)})` : ''}`);
      await delay(100);
    }
  }
}

await prepare();
console.error('load: begun');
const workers = Array.from({ length: Number(options.workers) }, (_, index) =>
  forever(index % 4 === 0 ? person : () => machine(index % 4 === 1 ? fresh : kept)),
);
if (options.gateway) {
  const { auth_service: gateway } = urls;
  for (let more = 0; more < 2; more += 1)
    workers.push(forever(() => gatewayTurns(gateway, { kept, fresh, going, saw })));
}
await Promise.all(workers);
const { failed } = counts;
endPhase();
process.exit(failed === 0 ? 0 : 1);
