import { Agent } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, problemText, readOrFail, Unreachable } from './answers.js';

/** Asks a health URL once and prints the answer. Resolves to the exit code: 0 for 200, else 1. */
export async function checkHealth(
  url: string,
  { caFile = process.env.CRYPTOUTIL_TLS_CA_FILE, timeout }: { caFile?: string; timeout: number },
): Promise<number> {
  if (!URL.canParse(url)) throw new CommandFailure(`"${url}" is not a URL.`);
  const ca = caFile ? readOrFail(caFile) : undefined;
  const agent = new Agent({ headersTimeout: timeout, bodyTimeout: timeout, connect: { ca, timeout } });
  try {
    const answer = await ask<{ status?: string } | undefined>(agent, url);
    if (answer.status === 200) {
      console.log(`${url}: ${answer.body?.status ?? 'ok'}`);
      return 0;
    }
    console.error(`${url}: ${answer.body?.status ?? problemText(answer)}`);
    return 1;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    console.error(error.message);
    return 1;
  } finally {
    await agent.destroy();
  }
}
