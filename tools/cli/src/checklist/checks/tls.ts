import { existsSync, readFileSync } from 'node:fs';
import { createPrivateKey, X509Certificate } from '@cryptoutil/crypto';
import { certificateIdentity } from '@cryptoutil/pki';
import { serviceNames } from '../../services/services.js';
import { notApplicable, running, unless, type CheckGroup } from '../check.js';
import { endpointsOf, wrongOf } from '../endpoints.js';
import { handshake } from '../tls/handshake.js';
import { httpsOnly } from './tls-only.js';

/** Refusals that are told by a check of their own. */
const EXPIRY = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];
const NAMES = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** A certificate this close to its end is found before a deployment and once a month; after one, half of it is the limit. */
const ALERT_DAYS = 60;
const LEAST_DAYS = 30;

/** The certificates that clients see, and those on this host. */
export const tls: CheckGroup = {
  title: 'TLS and certificates',
  atOnce: 4,
  checks: [
    {
      id: 'tls.chain',
      title: 'Certificate chains verify against the authority',
      phases: [...running, 'monthly'],
      lines: ['A10', 'A13', 'S27', 'S42', 'S192'],
      todo: 'Let "cryptoutil pki issue" or the cluster issue it anew from the authority that clients trust.',
      run: async ({ subject }) => {
        const wrong = await wrongOf(endpointsOf(subject), async (_name, url) => {
          const { refusal } = await handshake(subject, url);
          const known = refusal === undefined || refusal === NAMES || EXPIRY.includes(refusal);
          return known ? undefined : `is refused by clients: ${refusal}`;
        });
        return unless(wrong, `a whole handshake with each of ${endpointsOf(subject).length} addresses, chain verified`);
      },
    },
    {
      id: 'tls.names',
      title: 'Certificates name the host that clients ask for (SAN)',
      phases: running,
      lines: ['S192'],
      todo: 'Issue the certificate with the public host name: cryptoutil pki issue <name> --dns <host>.',
      run: async ({ subject }) => {
        const wrong = await wrongOf(endpointsOf(subject), async (_name, url) => {
          const { certificate } = await handshake(subject, url);
          const { hostname } = new URL(url);
          return certificate.checkHost(hostname) === undefined && certificate.checkIP(hostname) === undefined
            ? `shows a certificate for ${certificate.subjectAltName ?? 'no name'}, not for ${hostname}`
            : undefined;
        });
        return unless(wrong, 'every certificate names its host');
      },
    },
    {
      id: 'tls.expiry',
      title: 'Certificates are valid, and for long enough',
      phases: [...running, 'monthly'],
      lines: ['A14', 'S42', 'S194', 'A239'],
      todo: 'Renew it now: cryptoutil pki issue <name> (or let cert-manager renew it), the services load it by themselves.',
      run: async ({ subject, phase }) => {
        const least = phase === 'pre' || phase === 'monthly' ? ALERT_DAYS : LEAST_DAYS;
        const left: string[] = [];
        const wrong = await wrongOf(endpointsOf(subject), async (name, url) => {
          const { daysLeft, refusal } = await handshake(subject, url);
          left.push(`${name} ${Math.floor(daysLeft)}`);
          if (refusal !== undefined && EXPIRY.includes(refusal)) return `is not valid now: ${refusal}`;
          return daysLeft <= least ? `ends in ${Math.floor(daysLeft)} days; more than ${least} are wanted` : undefined;
        });
        return unless(wrong, `days left: ${left.sort().join(', ')}; at least ${least} wanted`);
      },
    },
    {
      id: 'tls.key-match',
      title: 'Certificate files match their private keys and the authority',
      phases: ['pre', 'monthly'],
      lines: ['A11', 'A12', 'S27'],
      beforeFirstStart: true,
      todo: 'Issue the named certificate again: "cryptoutil pki issue" writes certificate and key together.',
      run: ({ subject }) => {
        const { certificates, trust } = subject;
        if (certificates.length === 0) return notApplicable('certificates are no files of this host');
        const authority = new X509Certificate(readFileSync(trust.caFile));
        const wrong = certificates.flatMap(({ name, certFile, keyFile }) => {
          if (!existsSync(certFile) || !existsSync(keyFile)) return [`${name} lacks its certificate or its key`];
          const certificate = new X509Certificate(readFileSync(certFile));
          return [
            ...(certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))
              ? []
              : [`${name}: the key is not the certificate's`]),
            ...(certificate.verify(authority.publicKey) ? [] : [`${name} is not signed by the authority`]),
          ];
        });
        return unless(wrong, `${certificates.length} certificates match their keys and ${trust.caFile}`);
      },
    },
    {
      id: 'tls.identities',
      title: 'Each service shows the certificate of its own internal identity',
      phases: running,
      lines: ['S192'],
      todo: 'Give each service the certificate of its own name; identities decide what a service may do.',
      run: async ({ subject }) => {
        const wrong = await wrongOf(
          serviceNames.map((name) => [name, subject.urls[name]]),
          async (name, url) => {
            const identity = certificateIdentity((await handshake(subject, url)).certificate);
            return identity === name ? undefined : `shows the identity ${identity ?? 'none'}`;
          },
        );
        return unless(wrong, `spiffe identities: ${serviceNames.join(', ')}`);
      },
    },
    httpsOnly,
  ],
};
