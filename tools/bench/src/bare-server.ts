import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

// What node:https alone does: reads the request and answers a fixed text. Arguments: certificate file, key file.
const [certFile, keyFile] = process.argv.slice(2) as [string, string];
const body = JSON.stringify({
  valid: true,
  client_id: 'test-client',
  expires_at: '2026-01-01T00:00:00Z',
  scopes: ['a', 'b'],
});
const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
