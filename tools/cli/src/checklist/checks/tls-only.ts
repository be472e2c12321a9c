import { request } from 'node:http';
import { running, unless, type Check } from '../check.js';
import { endpointsOf, wrongOf } from '../endpoints.js';
import { lookupOf } from '../subject/connect.js';
import { handshake } from '../tls/handshake.js';
import type { Subject } from '../subject/subject.js';

const WITHIN_MS = 3_000;

/** Neither plain HTTP nor an outdated version of TLS is served. */
export const httpsOnly: Check = {
  id: 'tls.enforced',
  title: 'HTTPS is enforced: no plain HTTP, nothing below TLS 1.2',
  phases: running,
  lines: ['A78', 'S192'],
  todo: 'Let nothing but TLS 1.2 and later reach the services; a proxy that ends TLS before them is a fault.',
  run: async ({ subject }) => {
    const wrong = await wrongOf(endpointsOf(subject), async (_name, url) => {
      const status = await plainStatus(subject, url);
      if (status !== undefined && status < 300) return `answers plain HTTP with ${status}`;
      const old = await handshake(subject, url, {
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      }).catch(() => undefined);
      return old && `takes ${old.protocol}`;
    });
    return unless(wrong, 'plain HTTP and TLS 1.1 are refused everywhere');
  },
};

/** The status of a plain request, or undefined when it is not understood. */
function plainStatus(subject: Subject, url: string): Promise<number | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((settle) => {
    const sent = request(
      { host: hostname, port, path: '/health', lookup: lookupOf(subject), timeout: WITHIN_MS, agent: false },
      (response) => {
        response.destroy();
        settle(response.statusCode);
      },
    );
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => settle(undefined));
    sent.end();
  });
}
