// A kms in a process of its own that kills itself (SIGKILL) before or after the nth statement from when it is told to. Built packages are needed.
import pg from 'pg';
import { startKms } from '../dist/src/index.js';
import { DestroyDueKeys } from '../dist/src/key-jobs/destroy-due-keys.js';
import { RewrapJob } from '../dist/src/rewrap/rewrap-job.js';

let armed;
const die = () => process.kill(process.pid, 'SIGKILL');
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (...parameters) {
  const [text] = parameters;
  if (!armed || typeof text !== 'string' || text === 'SELECT 1 FROM barrier WHERE id = 1' || (armed.at -= 1) > 0)
    return query.apply(this, parameters);
  if (armed.fault === 'killed before') die();
  return query.apply(this, parameters).then((answer) => {
    die();
    return answer;
  });
};

const kms = await startKms();
const of = (type) => kms.app.get(type, { strict: false });
const jobs = {
  rewrap: async () => {
    await of(RewrapJob).run();
    return 1;
  },
  destroy: () => of(DestroyDueKeys).execute(new Date(Date.now() + 8 * 86_400_000)),
};
process.on('message', async ({ arm, job }) => {
  if (arm !== undefined) armed = arm ?? undefined;
  const done = job ? await jobs[job]().catch(() => 0) : 1;
  process.send({ done });
});
process.send({ url: kms.url });
