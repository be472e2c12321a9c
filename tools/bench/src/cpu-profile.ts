import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Where node:inspector listens once a process got SIGUSR1. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list';

interface Answer {
  id?: number;
  result?: { profile?: object };
}

/** Profiles a Node process of this user while `work` runs, and writes what Chrome's tools and `node --cpu-prof` call a .cpuprofile. */
export async function profiled<T>(pid: number, file: string, work: () => Promise<T>): Promise<T> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await inspectorUrl());
  await new Promise<void>((settle, fail) => {
    socket.addEventListener('open', () => settle(), { once: true });
    socket.addEventListener('error', () => fail(new Error('the inspector did not answer')), { once: true });
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  let count = 0;
  const ask = (method: string, params: object = {}) =>
    new Promise<Answer>((settle) => {
      const id = (count += 1);
      waiting.set(id, settle);
      socket.send(JSON.stringify({ id, method, params }));
    });
  await ask('Profiler.enable');
  await ask('Profiler.setSamplingInterval', { interval: 500 });
  await ask('Profiler.start');
  try {
    return await work();
  } finally {
    const { result } = await ask('Profiler.stop');
    writeFileSync(file, JSON.stringify(result?.profile));
    socket.close();
  }
}

async function inspectorUrl(): Promise<string> {
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      const [target] = (await (await fetch(INSPECTOR)).json()) as { webSocketDebuggerUrl: string }[];
      if (target) return target.webSocketDebuggerUrl;
    } catch {
      // It does not listen yet.
    }
    await delay(100);
  }
  throw new Error('The process did not open its inspector.');
}
