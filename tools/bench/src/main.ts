import { parseArgs } from 'node:util';
import { benchAuthService } from './auth-service.js';
import { benchKms } from './kms.js';

const usage = `usage: tools/bench auth-service [--seconds 10] [--connections 100] [--soak 0]
       tools/bench kms [--seconds 10] [--connections 100] [--profile FOLDER]

Starts a suite of its own, built packages needed, and measures its Auth Service or its kms against a bare node:https handler with
the same certificate: requests a second, requests per second of CPU of the answering process, and that as a multiple of the bare one.
With --profile a .cpuprofile of the kms is written for each load.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '100' },
    soak: { type: 'string', default: '0' },
    profile: { type: 'string' },
  },
});

if (positionals[0] === 'auth-service') {
  await benchAuthService({
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    soakSeconds: Number(values.soak),
  });
} else if (positionals[0] === 'kms') {
  await benchKms({
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    profile: values.profile,
  });
} else {
  console.error(usage);
  process.exitCode = 1;
}
