import type { Dispatcher } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, problemText, Unreachable, type Answer } from '../requests/answers.js';
import type { ChildService } from './child-service.js';
import { endedMessage } from './ended-message.js';
import { lastLines } from './log-file.js';
import { waitUntil } from './wait-until.js';

/** Far more than a start takes; a busy machine may need it. */
const READY_WITHIN_MS = 120_000;

/** Waits until an answer of the service satisfies `enough`. Throws a `CommandFailure` when it ends or takes longer than two minutes. */
export async function waitForAnswer(
  child: ChildService,
  {
    dispatcher,
    url,
    enough,
    signal,
  }: { dispatcher: Dispatcher; url: string; enough: (answer: Answer) => boolean; signal?: AbortSignal },
): Promise<void> {
  let last = 'no answer yet';
  const asked = async (): Promise<boolean> => {
    if (child.hasEnded) return true;
    try {
      const answer = await ask(dispatcher, url);
      last = `${problemText(answer)} ${JSON.stringify(answer.body ?? {})}`;
      return enough(answer);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      last = error.message;
      return false;
    }
  };
  const ready = await waitUntil(asked, { timeoutMs: READY_WITHIN_MS, signal });
  const { name, logFile } = child.options;
  if (child.hasEnded) throw new CommandFailure(endedMessage(name, await child.ended, logFile));
  if (!ready) {
    throw new CommandFailure(
      `${name} was not ready within two minutes; ${url} said last: ${last}\nIts last log lines (${logFile}):\n${lastLines(logFile, 8)}`,
    );
  }
}
