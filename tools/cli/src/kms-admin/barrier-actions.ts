import { setTimeout as pause } from 'node:timers/promises';
import { withKms, type ConnectionOptions } from './connection.js';
import type { BarrierStatus } from './kms-admin.js';

const ASK_EVERY_MS = 1000;

/** A new content key; with `wait` it is over when every row is under it. */
export function rotateContent(options: ConnectionOptions & { wait?: boolean }): Promise<number> {
  return withKms(options, async (kms) => {
    let status = await kms.rotateContent();
    console.log(`Content key ${status.content.epoch} seals from now on. ${progress(status)}`);
    while (options.wait && !status.rewrap.done) {
      await pause(ASK_EVERY_MS);
      status = await kms.barrierStatus();
      console.log(progress(status));
    }
    return 0;
  });
}

/** Where the keys of the barrier stand. */
export function barrierStatus(options: ConnectionOptions): Promise<number> {
  return withKms(options, async (kms) => {
    const status = await kms.barrierStatus();
    const { epoch, share_set: set, root, intermediate, content } = status;
    console.log(
      [
        `barrier epoch ${epoch}, share set ${set}`,
        `root key ${root.epoch}, intermediate key ${intermediate.epoch}, content key ${content.epoch}`,
        progress(status),
      ].join('\n'),
    );
    return 0;
  });
}

const progress = ({ rewrap: { total, remaining } }: BarrierStatus): string =>
  remaining === 0 ? `All ${total} rows are under it.` : `${total - remaining} of ${total} rows are under it.`;
