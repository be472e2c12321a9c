import { Agent } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, problemText, readOrFail, Unreachable } from './answers.js';

/** How health URLs are asked. */
export interface HealthQuestion {
  /** Authority to trust; default: `CRYPTOUTIL_TLS_CA_FILE`. */
  readonly caFile?: string;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeout: number;
  /** How often each is asked; default once. More often makes a new process warm before people come. */
  readonly times?: number;
}

/** As many at once as one new process gets through without a queue. */
const AT_ONCE = 4;
/** A process that is still slow after this does not get faster by being asked. */
const REPEAT_WITHIN_MS = 5_000;

/** Asks health URLs and prints each answer. Resolves to the exit code: 0 when every one answered the first time with 200, else 1. */
export async function checkHealth(
  urls: readonly string[],
  { caFile = process.env.CRYPTOUTIL_TLS_CA_FILE, timeout, times = 1 }: HealthQuestion,
): Promise<number> {
  const wrong = urls.find((url) => !URL.canParse(url));
  if (wrong !== undefined) throw new CommandFailure(`"${wrong}" is not a URL.`);
  const ca = caFile ? readOrFail(caFile) : undefined;
  const agent = new Agent({
    ...{ connections: AT_ONCE, headersTimeout: timeout, bodyTimeout: timeout },
    connect: { ca, timeout },
  });
  try {
    for (const url of urls) {
      const answer = await ask<{ status?: string } | undefined>(agent, url);
      if (answer.status !== 200) {
        console.error(`${url}: ${answer.body?.status ?? problemText(answer)}`);
        return 1;
      }
      console.log(`${url}: ${answer.body?.status ?? 'ok'}`);
    }
    if (times > 1) console.log(`answered ${await askAgain(agent, urls, times - 1)} times more`);
    return 0;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    console.error(error.message);
    return 1;
  } finally {
    await agent.destroy();
  }
}

/** Asks several at once, each URL so often, within a time. Resolves to the number of answers, whatever they said. */
async function askAgain(agent: Agent, urls: readonly string[], times: number): Promise<number> {
  const until = performance.now() + REPEAT_WITHIN_MS;
  const left = Array.from({ length: times }, () => urls).flat();
  let answers = 0;
  const worker = async (): Promise<void> => {
    for (let url = left.pop(); url !== undefined && performance.now() < until; url = left.pop()) {
      await ask(agent, url);
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return answers;
}
