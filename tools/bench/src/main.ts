import { parseArgs } from 'node:util';
import { benchAuthService } from './auth-service.js';
import { benchWorkers } from './auth-service-workers.js';
import { benchKms } from './kms.js';

const usage = `usage: cryptoutil-bench auth-service [--seconds 10] [--connections 100] [--soak 0] [--only NAME] [--workers N [--share 0.3]] [--profile FOLDER]
       cryptoutil-bench kms [--seconds 10] [--connections 100] [--only NAME] [--profile FOLDER]

Starts a suite of its own, built packages needed, and measures its Auth Service or its kms against a bare node:https handler with
the same certificate: requests a second, requests per second of CPU of the answering process, and that as a multiple of the bare one.
With --only just the loads whose name contains it. With --workers the Auth Service served by N worker processes is compared with one
process instead, in turns; with --share each of them gets that part of one core and no more (root, cgroup v1). With --profile a
.cpuprofile is written instead of figures: of the kms for each load, of the Auth Service for validate and token.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '100' },
    soak: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    workers: { type: 'string', default: '1' },
    share: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else if (positionals[0] === 'auth-service' && Number(values.workers) > 1) {
  await benchWorkers({
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    workers: Number(values.workers),
    share: values.share === undefined ? undefined : Number(values.share),
  });
} else if (positionals[0] === 'auth-service') {
  await benchAuthService({
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    soakSeconds: Number(values.soak),
    only: values.only,
    profile: values.profile,
  });
} else if (positionals[0] === 'kms') {
  await benchKms({
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    only: values.only,
    profile: values.profile,
  });
} else {
  console.error(usage);
  process.exitCode = 1;
}
