/** One line of a unit: `Key=Value` in a section. */
export interface Directive {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** The directives of a systemd unit in their order. Throws `SyntaxError` for a line that is none. */
export function parseUnit(text: string): Directive[] {
  const directives: Directive[] = [];
  let section = '';
  for (const line of text.replaceAll(/\\\n\s*/g, ' ').split('\n')) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const header = /^\[(\w+)\]$/.exec(line);
    const directive = /^(\w+)=(.*)$/.exec(line);
    if (header) section = header[1]!;
    else if (directive && section) directives.push({ section, key: directive[1]!, value: directive[2]! });
    else throw new SyntaxError(`"${line}" is no line of a unit.`);
  }
  return directives;
}

/** Every value of a key, in order. */
export const valuesOf = (unit: readonly Directive[], key: string): string[] =>
  unit.filter((directive) => directive.key === key).map(({ value }) => value);

/** The variables of a unit and of its environment files, with `%d` as the folder of its credentials and `%S` as that of state. */
export function unitEnvironment(
  unit: readonly Directive[],
  { files, credentials }: { files: readonly string[]; credentials: string },
): Record<string, string> {
  const lines = [
    ...valuesOf(unit, 'Environment').map((value) => value.replaceAll('%d', credentials).replaceAll('%S', '/var/lib')),
    ...files.flatMap((text) => text.split('\n').filter((line) => !/^\s*(#|$)/.test(line))),
  ];
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      if (at < 1) throw new SyntaxError(`"${line}" sets no variable.`);
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
