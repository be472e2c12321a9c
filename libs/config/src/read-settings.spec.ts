import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from './configuration-error.js';
import { readSettings } from './read-settings.js';
import { httpsBaseUrl, port } from './schemas.js';
import { secretFile } from './secret-file.js';
import { setting } from './setting.js';

const sections = {
  http: {
    listenPort: setting({ variable: 'CRYPTOUTIL_LISTEN_PORT', schema: port, description: 'Port', default: 8080 }),
    publicUrl: setting({ variable: 'CRYPTOUTIL_PUBLIC_URL', schema: httpsBaseUrl, description: 'URL of this service' }),
  },
  tokenHashKey: secretFile({
    variable: 'CRYPTOUTIL_TOKEN_HASH_KEY_FILE',
    description: 'Key of the hashes',
    minBytes: 32,
  }),
};

const problemsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readSettings(sections, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
};

describe('readSettings', () => {
  test('lists every problem at once, one sentence each, naming the variable', () => {
    expect(
      problemsOf({
        CRYPTOUTIL_LISTEN_PORT: '70000',
        CRYPTOUTIL_PUBLIC_URL: 'http://localhost',
        CRYPTOUTIL_TOKEN_HASH_KEY_FILE: '/nowhere/key',
        CRYPTOUTIL_LISTN_PORT: '1',
      }),
    ).toEqual([
      'CRYPTOUTIL_LISTEN_PORT is not valid: a number from 0 to 65535 is expected.',
      'CRYPTOUTIL_PUBLIC_URL is not valid: an https:// URL without user, query and fragment is expected.',
      'CRYPTOUTIL_TOKEN_HASH_KEY_FILE names a file that cannot be read (ENOENT): /nowhere/key.',
      'CRYPTOUTIL_LISTN_PORT is not a setting of this service; did you mean CRYPTOUTIL_LISTEN_PORT?',
    ]);
  });

  test('says what is required and what it is for', () => {
    expect(problemsOf({})).toEqual([
      'CRYPTOUTIL_PUBLIC_URL is required: URL of this service.',
      'CRYPTOUTIL_TOKEN_HASH_KEY_FILE is required: Key of the hashes.',
    ]);
  });

  test('never repeats a value: it might be a secret in the wrong place', () => {
    const problems = problemsOf({ CRYPTOUTIL_LISTEN_PORT: 'hunter2', CRYPTOUTIL_PASSWORD: 'hunter2' });
    expect(problems.join()).not.toContain('hunter2');
  });

  test('refuses an unknown variable without a near name, and leaves other variables alone', () => {
    const problems = problemsOf({ CRYPTOUTIL_SOMETHING_ELSE_ALTOGETHER: '1', PATH: '/bin', CRYPTOUTILITY: '1' });
    expect(problems).toContain('CRYPTOUTIL_SOMETHING_ELSE_ALTOGETHER is not a setting of this service.');
    expect(problems.join()).not.toContain('PATH');
    expect(problems.join()).not.toContain('CRYPTOUTILITY');
  });

  test('knows the variables of the command line and of the tests', () => {
    const problems = problemsOf({ CRYPTOUTIL_HOME: '/x', CRYPTOUTIL_TEST_DATABASE_URL: 'x' });
    expect(problems.join()).not.toMatch(/CRYPTOUTIL_(HOME|TEST)/);
  });

  test('tells a problem once, though the variable is read in several places', () => {
    const twice = { a: sections.http.publicUrl, b: { c: sections.http.publicUrl } };
    expect(() => readSettings(twice, {})).toThrow(
      new ConfigurationError(['CRYPTOUTIL_PUBLIC_URL is required: URL of this service.']),
    );
  });

  test('reads the environment of the process when none is given', () => {
    expect(readSettings({ listenPort: sections.http.listenPort })).toHaveProperty('listenPort');
  });
});

test('ConfigurationError shows one problem as a sentence and several as a list', () => {
  expect(new ConfigurationError(['One.']).message).toBe('One.');
  expect(new ConfigurationError(['One.', 'Two.']).message).toBe('- One.\n- Two.');
});
