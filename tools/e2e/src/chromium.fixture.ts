import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser } from 'playwright-core';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A headless Chromium: the one `npm test` found, else an installed one. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env['CRYPTOUTIL_CHROMIUM'] ?? candidates.find(existsSync);
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Pages that a test answers itself have no address and count as public; they may ask services of this machine all the same.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });
}

/** The application a person signs in to: a page on a free loopback port that notes the addresses it is called with. */
export interface Application {
  url: string;
  redirectUri: string;
  close(): Promise<void>;
}

export async function application(): Promise<Application> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Application</title><h1>Back at the application</h1>');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    redirectUri: `${url}/cb`,
    close: () => new Promise((closed) => void (server.closeAllConnections(), server.close(() => closed()))),
  };
}
