import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Req } from '@nestjs/common';
import type { Request } from 'express';
import { specPki, specService } from '../../spec/test-service.js';
import { AccessModule, Public } from '../index.js';

const installed = spawnSync('haproxy', ['-v']).status === 0;

@Public()
@Controller()
class AddressController {
  @Get('address')
  address(@Req() request: Request): unknown {
    return { address: request.ip };
  }

  @Get('health')
  health(): unknown {
    return {};
  }
}

@Module({ imports: [AccessModule.forRoot()], controllers: [AddressController] })
class AddressModule {}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  await new Promise((settle) => server.close(settle));
  return port;
}

describe('behind HAProxy itself', () => {
  // Where it is not installed, the specs beside this one speak for it.
  (installed ? it : it.skip)(
    'the address of the client survives TLS passthrough, and health checks pass',
    async () => {
      const pki = await specPki();
      const folder = await mkdtemp(join(tmpdir(), 'cryptoutil-haproxy-'));
      const service = await specService(pki, {
        module: AddressModule,
        settings: {
          listenHost: '127.0.0.1',
          listenPort: 0,
          publicUrl: 'https://localhost:8082',
          trustedProxies: ['127.0.0.3'],
        },
      });
      const [front, configuration, ca] = [await freePort(), join(folder, 'haproxy.cfg'), join(folder, 'ca.pem')];
      await writeFile(ca, pki.ca);
      const server = `127.0.0.1:${new URL(service.url).port} source 127.0.0.3`;
      await writeFile(
        configuration,
        `defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option httpchk
  http-check send meth GET uri /health ver HTTP/1.1 hdr Host localhost
frontend front
  bind 127.0.0.1:${front}
  default_backend service
backend service
  server one ${server} send-proxy-v2 check check-send-proxy check-ssl check-sni localhost verify required ca-file ${ca} inter 100ms
`,
      );
      const proxy = spawn('haproxy', ['-f', configuration, '-db'], { stdio: 'ignore' });
      const ask = (from: string) =>
        new Promise<string>((settle, fail) => {
          const options = { host: '127.0.0.1', port: front, path: '/address', servername: 'localhost', ca: pki.ca };
          httpsRequest({ ...options, localAddress: from, agent: false }, (answer) => {
            let text = '';
            answer.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => settle(text));
          })
            .on('error', fail)
            .end();
        });
      const eventually = async (from: string): Promise<string> => {
        for (;;) {
          const answer = await ask(from).catch(() => undefined);
          if (answer !== undefined) return answer;
        }
      };
      try {
        expect(JSON.parse(await eventually('127.0.0.5'))).toEqual({ address: '127.0.0.5' });
        expect(JSON.parse(await eventually('127.0.0.6'))).toEqual({ address: '127.0.0.6' });
        const checked = () => service.log.some(({ route, address }) => route === '/health' && address === '127.0.0.3');
        while (!checked()) await new Promise((turn) => setImmediate(turn));
        expect(service.log.filter(({ reason }) => reason !== undefined)).toEqual([]);
      } finally {
        proxy.kill('SIGKILL');
        await service.close();
        await pki.close();
        await rm(folder, { recursive: true });
      }
    },
    30_000,
  );
});
