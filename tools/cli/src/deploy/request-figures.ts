/** How the requests of a time went, from the log lines of the services. */
export interface RequestFigures {
  readonly requests: number;
  /** Answers with a status from 500. */
  readonly errors: number;
  /** 95th percentile of the time to the end of an answer, in milliseconds; undefined without requests. */
  readonly p95Ms: number | undefined;
}

/** One request, as its log line tells. */
export interface LoggedRequest {
  /** Service, method and pattern of the route. */
  readonly route: string;
  readonly atMs: number;
  readonly status: number;
  readonly durationMs: number;
}

/** Health has a trigger of its own. Where few people come, its answers, which are logged when they are bad, would be most of all lines. */
const HEALTH = /^\/(?:health|livez|api\/v1\/public\/health|admin\/v1\/(?:livez|readyz))$/;

/** Reads a line of a container's log (with or without Compose's prefix). Undefined when it is no request, or one for the health. */
export function parseRequestLine(line: string): LoggedRequest | undefined {
  const start = line.indexOf('{');
  if (start < 0 || !line.includes('"duration_ms"')) return undefined;
  try {
    const entry = JSON.parse(line.slice(start)) as Record<string, unknown>;
    const { status, duration_ms: durationMs, time } = entry;
    const route = [entry.service, entry.method, entry.route].filter((part) => typeof part === 'string').join(' ');
    const atMs = typeof time === 'string' ? Date.parse(time) : Number(time);
    if (typeof entry.route === 'string' && HEALTH.test(entry.route)) return undefined;
    if (entry.msg !== 'request' || typeof status !== 'number' || typeof durationMs !== 'number' || Number.isNaN(atMs)) {
      return undefined;
    }
    return { route, atMs, status, durationMs };
  } catch {
    return undefined;
  }
}

/** Sums requests up. */
export function figuresOf(requests: readonly LoggedRequest[]): RequestFigures {
  const durations = requests.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  return {
    requests: requests.length,
    errors: requests.filter(({ status }) => status >= 500).length,
    p95Ms: durations[Math.max(0, Math.ceil(durations.length * 0.95) - 1)],
  };
}
