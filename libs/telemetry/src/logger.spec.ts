import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { ROOT_CONTEXT, context, trace } from '@opentelemetry/api';
import {
  createLogger,
  currentRequestId,
  nestLogger,
  runWithRequest,
  telemetrySettings,
  writeInfo,
  type LogLevel,
} from './index.js';

function recording(level: LogLevel = 'trace') {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString('utf8')) as Record<string, unknown>);
      done();
    },
  });
  return { lines, logger: createLogger({ service: 'spec', level, destination }) };
}

describe('createLogger', () => {
  it('writes one JSON object a line with level, ISO time and service', () => {
    const { lines, logger } = recording();
    logger.info({ n: 1 }, 'hello');
    expect(lines).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), service: 'spec', n: 1, msg: 'hello' },
    ]);
  });

  it('writes nothing below its level', () => {
    const { lines, logger } = recording('warn');
    logger.info('quiet');
    logger.warn('loud');
    expect(lines.map(({ msg }) => msg)).toEqual(['loud']);
  });

  it('hides secrets in fields, messages, formatted values, errors and the bindings of children of children', () => {
    const { lines, logger } = recording();
    logger.info({ headers: { authorization: 'Bearer topsecret1' } }, 'sent Bearer topsecret2');
    logger.info('got %o and %s', { password: 'topsecret3' }, 'code=topsecret4');
    logger.error(new Error('token=topsecret5'));
    logger.child({ cookie: 'topsecret6' }).child({ client_secret: 'topsecret7', kept: 'yes' }).info('bound');
    expect(JSON.stringify(lines)).not.toContain('topsecret');
    expect(lines.at(-1)).toMatchObject({ kept: 'yes', msg: 'bound' });
    expect(lines[2]).toMatchObject({ level: 'error', err: { type: 'Error', stack: expect.any(String) } });
  });

  it('carries the id of the request being served, also after it waited', async () => {
    const { lines, logger } = recording();
    await Promise.all(
      ['one', 'two'].map((requestId) =>
        runWithRequest({ requestId }, async () => {
          await Promise.resolve();
          logger.info(requestId);
        }),
      ),
    );
    expect(lines.map(({ request_id, msg }) => [request_id, msg])).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ]);
    expect(currentRequestId()).toBeUndefined();
  });

  it('carries the trace that is running', () => {
    const { lines, logger } = recording();
    const spanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
    // The simplest context manager: one context, always active.
    context.setGlobalContextManager({
      active: () => trace.setSpanContext(ROOT_CONTEXT, spanContext),
      with: (_context, work, self, ...values) => work.apply(self as never, values),
      bind: (_context, target) => target,
      enable: () => context as never,
      disable: () => context as never,
    });
    logger.info('traced');
    context.disable();
    expect(lines).toEqual([expect.objectContaining({ trace_id: spanContext.traceId, span_id: spanContext.spanId })]);
  });
});

describe('writeInfo', () => {
  const fields = { n: 1, route: '/keys/:id', audit: { who: 'client:a', version: 2 } };

  it('writes what the logger would write of the same fields', () => {
    const { lines, logger } = recording();
    const child = logger.child({ part: 'x' }, { level: 'info' });
    runWithRequest({ requestId: 'request-1' }, () => {
      child.info(fields, 'request');
      writeInfo(child, JSON.stringify(fields), 'request');
    });
    const [ordinary, quick] = lines;
    expect(quick).toEqual({ ...ordinary, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) });
    expect(quick).toMatchObject({ request_id: 'request-1', service: 'spec', part: 'x', msg: 'request' });
  });

  it.each(['Bearer topsecret', 'Bearer\ttopsecret', 'x?code=topsecret', 'eyJtopsecret.eyJtopsecret.topsecret'])(
    'hides secrets in values: %j',
    (text) => {
      const { lines, logger } = recording();
      writeInfo(logger, JSON.stringify({ ...fields, sub: text }), 'request');
      expect(lines).toEqual([expect.objectContaining({ n: 1, sub: expect.stringContaining('[redacted]') })]);
      expect(JSON.stringify(lines)).not.toContain('topsecret');
    },
  );

  it('cuts texts without end, keeps escapes, and writes nothing below its level', () => {
    const { lines, logger } = recording();
    writeInfo(logger, JSON.stringify({ sub: 'x'.repeat(10_000) }), 'request');
    writeInfo(logger, JSON.stringify({ sub: 'a"b\n' }), 'request');
    expect(lines.map(({ sub }) => String(sub).length)).toEqual([8193, 4]);
    const quiet = recording('warn');
    writeInfo(quiet.logger, '{"n":1}', 'request');
    expect(quiet.lines).toEqual([]);
  });
});

describe('nestLogger', () => {
  it('takes the context from the last text and keeps start-up chatter at debug', () => {
    const { lines, logger } = recording();
    const nest = nestLogger(logger);
    nest.log('Nest application successfully started', 'NestApplication');
    nest.error('failed', 'the stack', 'Scheduler');
    nest.error(new Error('broke'));
    nest.warn({ odd: true });
    nest.debug?.('d');
    nest.verbose?.('v');
    nest.fatal?.('f', undefined, 'Main');
    expect(lines.map(({ level, msg, context: from }) => [level, msg, from])).toEqual([
      ['debug', 'Nest application successfully started', 'NestApplication'],
      ['error', 'failed', 'Scheduler'],
      ['error', 'broke', undefined],
      ['warn', 'nest', undefined],
      ['debug', 'd', undefined],
      ['trace', 'v', undefined],
      ['fatal', 'f', 'Main'],
    ]);
    expect(lines[1]).toMatchObject({ details: ['the stack'] });
    expect(lines[3]).toMatchObject({ message: { odd: true } });
  });
});

describe('telemetrySettings', () => {
  const { logLevel } = telemetrySettings();
  it('takes info unless told otherwise, and nothing that is no level', () => {
    expect(logLevel.read({ text: undefined })).toEqual({ value: 'info' });
    expect(logLevel.read({ text: 'debug' })).toEqual({ value: 'debug' });
    expect(logLevel.read({ text: 'loud' })).toEqual({ problem: expect.stringContaining('CRYPTOUTIL_LOG_LEVEL') });
  });
});
