import type { z } from 'zod';

export const PREFIX = 'CRYPTOUTIL_';

/** Reads the value of another variable of the same sections while a default is worked out. */
export type OtherSetting = (variable: string) => unknown;

/** What a setting gets to see of the environment while it is read. */
export interface ReadContext {
  text: string | undefined;
  other: OtherSetting;
}

/** The value of a setting, or the reason in one sentence why there is none. */
export type Reading<T> = { value: T } | { problem: string };

/** One variable of the environment with its meaning. Made by `setting()` and `secretFile()`. */
export interface Setting<T> {
  readonly variable: string;
  readonly description: string;
  /** How the default reads in the reference; undefined when there is none. */
  readonly defaultText: string | undefined;
  readonly required: boolean;
  read(context: ReadContext): Reading<T>;
}

/** `default` is used as it is (not parsed); `defaultFrom` derives it from other settings and `defaultText` says so in the reference. */
export interface SettingOptions<S extends z.ZodType> {
  variable: string;
  schema: S;
  description: string;
  default?: z.output<S>;
  defaultFrom?: (other: OtherSetting) => z.output<S>;
  defaultText?: string;
}

/**
 * A setting read from one CRYPTOUTIL_ variable through a zod schema, which gets the text of the variable.
 * An empty variable counts as absent. Absent and without default: an error, unless the schema accepts `undefined`.
 */
export function setting<S extends z.ZodType>(options: SettingOptions<S>): Setting<z.output<S>> {
  const { variable, schema, description } = options;
  assertVariable(variable);
  const fallback = fallbackOf(options);
  const acceptsAbsence = schema.safeParse(undefined).success;
  return {
    variable,
    description,
    defaultText: options.defaultText ?? (options.default === undefined ? undefined : printable(options.default)),
    required: !fallback && !acceptsAbsence,
    read({ text, other }) {
      if (text === undefined && fallback) return { value: fallback(other) };
      const parsed = schema.safeParse(text);
      if (parsed.success) return { value: parsed.data };
      if (text === undefined) return { problem: `${variable} is required: ${description}.` };
      return { problem: `${variable} is not valid: ${firstIssue(parsed.error)}.` };
    },
  };
}

export function assertVariable(variable: string): void {
  if (!/^CRYPTOUTIL_[A-Z0-9_]+$/.test(variable)) throw new TypeError(`A setting's variable starts with ${PREFIX}.`);
}

function fallbackOf<S extends z.ZodType>(
  options: SettingOptions<S>,
): ((other: OtherSetting) => z.output<S>) | undefined {
  if (options.defaultFrom) return options.defaultFrom;
  return options.default === undefined ? undefined : () => options.default as z.output<S>;
}

function printable(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const firstIssue = (error: z.ZodError) => (error.issues[0]?.message ?? 'the value cannot be used').replace(/\.$/, '');
