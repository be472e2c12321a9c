import { type Sections, settingsIn } from './read-settings.js';

/** The reference of the sections as a markdown table: variable, default, description; one row a variable. */
export function describeSettings(sections: object): string {
  const rows = new Map<string, string>();
  for (const { variable, description, defaultText, required } of settingsIn(sections as Sections)) {
    const fallback = defaultText === undefined ? (required ? '(required)' : '(none)') : `\`${defaultText}\``;
    rows.set(variable, `| \`${variable}\` | ${escaped(fallback)} | ${escaped(description)} |`);
  }
  return ['| Variable | Default | Meaning |', '|---|---|---|', ...rows.values(), ''].join('\n');
}

const escaped = (text: string) =>
  text
    .replace(/\|/g, '\\|')
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
