import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ConfigurationError } from '@cryptoutil/config';
import { runMain, startFailure } from './run-main.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('startFailure', () => {
  const system = (code: string) => Object.assign(new Error(code), { code, address: '127.0.0.1', port: 8082 });

  it.each([
    ['EADDRINUSE', /^Port 8082 on 127\.0\.0\.1 is taken .* CRYPTOUTIL_LISTEN_PORT/],
    ['EACCES', /^Listening on port 8082 .* not permitted/],
    ['EADDRNOTAVAIL', /^127\.0\.0\.1 is no address of this machine; .*CRYPTOUTIL_LISTEN_HOST/],
    ['ECONNREFUSED', /^Nothing answers at 127\.0\.0\.1:8082/],
  ])('says %s in one sentence', (code, sentence) => {
    expect(startFailure(system(code))).toEqual([expect.stringMatching(sentence)]);
  });

  it('says every problem of the configuration', () => {
    expect(startFailure(new ConfigurationError(['A is missing.', 'B is wrong.']))).toEqual([
      'A is missing.',
      'B is wrong.',
    ]);
  });

  it('shows the stack of what nobody expected, without secrets', () => {
    const [text] = startFailure(new Error('password=hunter2'));
    expect(text).toMatch(/^could not start: Error: password=\[redacted\]\n\s+at /);
    expect(startFailure('a text')).toEqual(['could not start: a text']);
    expect(startFailure(undefined)).toEqual(['could not start: undefined']);
  });
});

describe('runMain', () => {
  it('writes the sentences under the name of the service and exits with 1', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    await runMain('rs', () => Promise.reject(new ConfigurationError(['A is missing.', 'B is wrong.'])));
    expect(write.mock.calls).toEqual([['rs: A is missing.\n'], ['rs: B is wrong.\n']]);
    expect(exit).toHaveBeenCalledWith(1);
  });

  it('leaves a service that started alone', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    await runMain('rs', () => Promise.resolve());
    expect(exit).not.toHaveBeenCalled();
  });
});
