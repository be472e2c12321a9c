import { ConfigurationError } from './configuration-error.js';
import { nearest } from './nearest.js';
import { PREFIX, type Setting } from './setting.js';

/** Settings in named, nestable sections: `{ http: { listenPort: setting(…) }, database: databaseSettings({ name }) }`. */
export interface Sections {
  readonly [name: string]: Setting<unknown> | Sections;
}

/** The values of sections, in the same shape. */
export type SettingsOf<S> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : SettingsOf<S[K]>;
};

/** Read by the command line and by the tests, so their presence in a service's environment is no mistake. */
const KNOWN_ELSEWHERE = [/^CRYPTOUTIL_HOME$/, /^CRYPTOUTIL_TEST_/];

/**
 * Reads every setting of the sections from the environment. Throws one `ConfigurationError` that lists every problem: values that
 * are missing or not valid, files that cannot be read, and CRYPTOUTIL_ variables that no setting knows (a typing mistake there
 * would otherwise leave a default in force unnoticed).
 */
export function readSettings<S extends object>(sections: S, env: NodeJS.ProcessEnv = process.env): SettingsOf<S> {
  const settings = settingsIn(sections as unknown as Sections);
  const reader = new Reader(settings, env);
  const values = reader.values(sections as unknown as Sections);
  const problems = [...reader.problems.values(), ...unknownVariables(settings, env)];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values as SettingsOf<S>;
}

/** Every setting of the sections, in their order. */
export function settingsIn(sections: Sections): Setting<unknown>[] {
  return Object.values(sections).flatMap((entry) => (isSetting(entry) ? [entry] : settingsIn(entry)));
}

function isSetting(entry: Setting<unknown> | Sections): entry is Setting<unknown> {
  return typeof entry.read === 'function';
}

class Reader {
  readonly problems = new Map<string, string>();
  private readonly pending = new Set<string>();

  constructor(
    private readonly settings: Setting<unknown>[],
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  values(sections: Sections): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(sections).map(([name, entry]) => [
        name,
        isSetting(entry) ? this.value(entry) : this.values(entry),
      ]),
    );
  }

  private value(setting: Setting<unknown>): unknown {
    const text = this.env[setting.variable];
    const reading = setting.read({ text: text === '' ? undefined : text, other: (variable) => this.other(variable) });
    if ('value' in reading) return reading.value;
    this.problems.set(setting.variable, reading.problem);
    return undefined;
  }

  private other(variable: string): unknown {
    const setting = this.settings.find((candidate) => candidate.variable === variable);
    if (!setting) throw new TypeError(`A default refers to ${variable}, which is not among the settings.`);
    if (this.pending.has(variable)) throw new TypeError(`The default of ${variable} refers to itself.`);
    this.pending.add(variable);
    try {
      return this.value(setting);
    } finally {
      this.pending.delete(variable);
    }
  }
}

function unknownVariables(settings: Setting<unknown>[], env: NodeJS.ProcessEnv): string[] {
  const known = settings.map(({ variable }) => variable);
  return Object.keys(env)
    .filter((variable) => variable.startsWith(PREFIX) && !known.includes(variable))
    .filter((variable) => !KNOWN_ELSEWHERE.some((pattern) => pattern.test(variable)))
    .sort()
    .map((variable) => {
      const candidate = nearest(variable, known);
      return `${variable} is not a setting of this service${candidate ? `; did you mean ${candidate}?` : '.'}`;
    });
}
