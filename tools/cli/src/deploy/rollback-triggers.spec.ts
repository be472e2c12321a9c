import { describe, expect, it } from '@jest/globals';
import { figuresOf, parseRequestLine, type RequestFigures } from './request-figures.js';
import { defaultTriggers, rollbackReason } from './rollback-triggers.js';

const figures = (requests: number, errors = 0): RequestFigures => ({ requests, errors, p95Ms: 40 });
const reason = (recent: RequestFigures, { unhealthyMs = 0 } = {}) =>
  rollbackReason({ recent, unhealthyMs }, defaultTriggers);

describe('giving up a new version', () => {
  it('happens when its health checks fail for a while, not at the first one', () => {
    expect(reason(figures(0), { unhealthyMs: 9_999 })).toBeUndefined();
    expect(reason(figures(0), { unhealthyMs: 10_000 })).toBe('health checks have failed for 10 s');
  });

  it('happens when more than 5 % of enough requests end with a server error', () => {
    expect(reason(figures(100, 5))).toBeUndefined();
    expect(reason(figures(100, 6))).toBe('6.0 % of 100 requests were answered with a server error');
    expect(reason(figures(19, 19))).toBeUndefined();
  });
});

describe('the log of a service', () => {
  const line =
    '{"level":"info","time":"2026-01-02T03:04:05.000Z","service":"rs","msg":"request","method":"GET","route":"/a/:id","status":503,"duration_ms":12.5}';

  it('tells of each request what was asked, when it was, how it ended and how long it took', () => {
    const atMs = Date.UTC(2026, 0, 2, 3, 4, 5);
    expect(parseRequestLine(line)).toEqual({ route: 'rs GET /a/:id', atMs, status: 503, durationMs: 12.5 });
    expect(parseRequestLine(`rs-blue-1  | ${line}`)?.status).toBe(503);
  });

  it.each([
    '',
    'plain text',
    '{"msg":"listening"}',
    `${line.slice(0, -5)}`,
    line.replace('"request"', '"other"'),
    line.replace('503', '"x"'),
    line.replace('/a/:id', '/health'),
    line.replace('/a/:id', '/admin/v1/readyz'),
  ])('tells of none in: %s', (other) => expect(parseRequestLine(other)).toBeUndefined());

  it('is summed up by number, server errors and 95th percentile', () => {
    const requests = Array.from({ length: 100 }, (_, index) => ({
      ...{ route: 'rs GET /a', atMs: 0 },
      status: index < 3 ? 500 : 499,
      durationMs: 100 - index,
    }));
    expect(figuresOf(requests)).toEqual({ requests: 100, errors: 3, p95Ms: 95 });
    expect(figuresOf([])).toEqual({ requests: 0, errors: 0, p95Ms: undefined });
  });
});
