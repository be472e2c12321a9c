import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { readOrFail } from '../../requests/answers.js';
import type { Subject } from './subject.js';

const ANSWER_WITHIN_MS = 15_000;

/** A name resolution that leads everywhere to one address; undefined leaves it to the system. */
export function lookupOf({ connectTo }: Pick<Subject, 'connectTo'>): LookupFunction | undefined {
  if (connectTo === undefined) return undefined;
  const family = connectTo.includes(':') ? 6 : 4;
  return (_host, options, done) =>
    options.all ? done(null, [{ address: connectTo, family }]) : done(null, connectTo, family);
}

/** Connections that trust the suite's authority alone; as `ops` they show the operators' certificate. */
export function connectTo(
  subject: Pick<Subject, 'connectTo' | 'trust'>,
  identity?: 'ops',
  connections?: number,
): Agent {
  const { caFile, certFile, keyFile } = subject.trust;
  return new Agent({
    headersTimeout: ANSWER_WITHIN_MS,
    bodyTimeout: ANSWER_WITHIN_MS,
    ...(connections !== undefined && { connections }),
    connect: {
      ca: readOrFail(caFile),
      ...(identity && { cert: readOrFail(certFile), key: readOrFail(keyFile) }),
      lookup: lookupOf(subject),
      timeout: 5_000,
    },
  });
}
