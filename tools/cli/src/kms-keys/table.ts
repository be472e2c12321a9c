/** Rows under their headings, in columns as wide as they need. Control characters are shown as a dot: names come from others. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  return shown
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One object, a line for each member. */
export function listing(members: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(members);
  const width = Math.max(...names.map((name) => name.length));
  return names
    .map((name) => {
      const value = members[name];
      return `${name.padEnd(width)}  ${printable(typeof value === 'string' ? value : JSON.stringify(value))}`;
    })
    .join('\n');
}

const printable = (text: string): string => text.replace(/\p{C}/gu, '.');
