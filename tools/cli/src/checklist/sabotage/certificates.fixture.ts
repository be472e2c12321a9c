import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Subject } from '../subject/subject.js';
import { issuedByStranger, issuedBySuite, plainServer, serverWith } from './front.fixture.js';
import { at, checked, failedOf, localhost, tlsChecks, type Sabotaged } from './run.fixture.js';

/** What may be wrong with certificates: shown by a server in the place of rs, and in the files of the suite. */
export const certificateSabotages = (given: Sabotaged) =>
  describe('certificates', () => {
    const rs = async (days: number, more = {}) =>
      at(
        given.subject,
        'rs',
        await serverWith(await issuedBySuite(given.subject, { identity: 'rs', ...localhost, days, ...more })),
      );
    it.each<[string, string, () => Promise<Subject>]>([
      ['an expired certificate', 'tls.expiry', () => rs(-1)],
      ['a certificate that ends in 20 days', 'tls.expiry', () => rs(20)],
      ['a certificate for another name', 'tls.names', () => rs(100, { dnsNames: ['other.example'], ipAddresses: [] })],
      ['a certificate of another service', 'tls.identities', () => rs(100, { identity: 'idp' })],
      [
        'a certificate of a foreign authority',
        'tls.chain',
        async () =>
          at(
            given.subject,
            'rs',
            await serverWith(await issuedByStranger({ identity: 'rs', ...localhost, days: 10_000 })),
          ),
      ],
    ])('%s: %s', async (_sabotage, id, make) => {
      const sabotaged = await make();
      const results = await checked(sabotaged, 'post', tlsChecks);
      // The foreign authority lives ten days, and so does what it signs.
      expect(failedOf(results).filter((found) => id !== 'tls.chain' || found !== 'tls.expiry')).toEqual([id]);
      expect(results.find((each) => each.id === id)!.evidence).toMatch(/^rs /);
    });

    it('a key file that was replaced by another service’s: tls.key-match', async () => {
      const [rs, idp] = ['rs', 'idp'].map((name) => given.subject.certificates.find((each) => each.name === name)!);
      const own = readFileSync(rs!.keyFile);
      copyFileSync(idp!.keyFile, rs!.keyFile);
      const [result] = await checked(given.subject, 'pre', ['tls.key-match']);
      writeFileSync(rs!.keyFile, own);
      expect(result).toMatchObject({ verdict: 'failed', evidence: "rs: the key is not the certificate's" });
    });

    it('plain HTTP: tls.enforced', async () => {
      expect(failedOf(await checked(at(given.subject, 'idp', await plainServer()), 'post', ['tls.enforced']))).toEqual([
        'tls.enforced',
      ]);
    });
  });
