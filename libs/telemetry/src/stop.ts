const HOOK = Symbol.for('cryptoutil.telemetry.stop');
const STOP_TIMEOUT_MS = 2_000;

/** The preload module and the program may load different copies of this file, so the hook lives on the one global object. */
const holder = globalThis as { [HOOK]?: () => Promise<void> };

/** Remembers what sends the last telemetry out. */
export function onStop(hook: () => Promise<void>): void {
  holder[HOOK] = hook;
}

/** Sends out what telemetry still holds; call it last before the process exits. At most 2 s, never rejects, nothing to do without preload. */
export async function stopTelemetry(): Promise<void> {
  const hook = holder[HOOK];
  if (!hook) return;
  delete holder[HOOK];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, STOP_TIMEOUT_MS);
  });
  await Promise.race([hook().catch(() => undefined), late]);
  clearTimeout(timer);
}
