import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

/** Node runs the sources as they are; only the imports name what the compiler will have made of them. */
const runSources = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ resolve: (name, context, next) => next(/^\\.\\/.*js$/.test(name) && context.parentURL?.endsWith('.ts') ? name.replace(/js$/, 'ts') : name, context) });
`)}`;
const source = (name: string) => new URL(name, import.meta.url).href;

/** A service in small: answers one request that it sends to itself, asks a second one by undici, and ends. */
const program = `
  import { createServer } from 'node:http';
  import { createLogger, stopTelemetry } from ${JSON.stringify(source('./index.ts'))};
  import { request } from 'undici';
  const logger = createLogger({ service: 'spec' });
  const server = createServer(async (incoming, response) => {
    if (incoming.url.startsWith('/inner')) {
      logger.info({ traceparent: incoming.headers.traceparent }, 'inner');
      return response.end();
    }
    incoming.route = { path: '/login/:challenge' };
    logger.info('outer');
    await (await request(origin + '/inner')).body.dump();
    response.end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const origin = 'http://127.0.0.1:' + server.address().port;
  await (await fetch(origin + '/login/challenge-4711?code=4712')).text();
  server.close();
  await stopTelemetry();
  process.exit(0);`;

interface Line {
  msg: string;
  trace_id?: string;
  traceparent?: string;
}

async function run(env: NodeJS.ProcessEnv): Promise<Line[]> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      runSources,
      '--import',
      source('./preload.ts'),
      '--input-type=module',
      '--conditions=@cryptoutil/source',
      '-e',
      program,
    ],
    {
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      cwd: new URL('..', import.meta.url).pathname,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

describe('preload', () => {
  const received: { path: string; body: string }[] = [];
  let collector: Server;
  beforeAll(async () => {
    collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString('latin1') });
        response.setHeader('content-type', 'application/x-protobuf');
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => collector.once('listening', resolve));
  });
  afterAll(() => void collector.close());

  it('does nothing when no endpoint is set', async () => {
    const lines = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    expect(lines.map(({ msg, trace_id }) => [msg, trace_id])).toEqual([
      ['outer', undefined],
      ['inner', undefined],
    ]);
    expect(received).toEqual([]);
  });

  it('sends spans by OTLP/HTTP that name the service and the route, without path segments and query', async () => {
    const { port } = collector.address() as AddressInfo;
    const lines = await run({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_SERVICE_NAME: 'spec-service',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    });
    const spans = received
      .filter(({ path }) => path === '/v1/traces')
      .map(({ body }) => body)
      .join('');
    expect(spans).toContain('spec-service');
    expect(spans).toContain('GET /login/:challenge');
    expect(spans).not.toMatch(/471[12]/);
    expect(received.map(({ path }) => path)).toContain('/v1/metrics');
    expect(received.map(({ path }) => path)).not.toContain('/v1/logs');
    const [outer, inner] = lines;
    expect(outer?.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(inner?.trace_id).toBe(outer?.trace_id);
    expect(inner?.traceparent).toContain(outer?.trace_id);
  });
});
