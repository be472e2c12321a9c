/** The look of a record: quiet, readable on paper, colour only where something is said by it (and never by colour alone). */
export const recordStyles = `
:root { color-scheme: light dark; --ink: #1b1f24; --muted: #5b6570; --line: #d9dee4; --paper: #fff; --field: #f5f7f9;
  --good: #116329; --bad: #b3261e; --open: #7a4b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --muted: #9aa5b1; --line: #333b44; --paper: #14181c; --field: #1c2228;
  --good: #6fd08c; --bad: #ff9a91; --open: #f0c060; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
header { border-left: 6px solid var(--muted); padding-left: 1rem; margin-bottom: 1.5rem; }
header.passed { border-color: var(--good); } header.failed { border-color: var(--bad); } header.open { border-color: var(--open); }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; text-wrap: balance; }
h2 { font-size: 1.125rem; margin: 2.25rem 0 .5rem; }
p { margin: 0; } .what { color: var(--muted); margin-top: .25rem; }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: .5rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .75rem 1.5rem; background: var(--field); border-radius: 8px; padding: 1rem; margin: 0; }
dt { color: var(--muted); font-size: .875rem; } dd { margin: 0; overflow-wrap: anywhere; }
ul.checks, ul.plain { list-style: none; margin: 0; padding: 0; }
.checks li { display: grid; grid-template-columns: 8.5rem 1fr; gap: 0 1rem; padding: .6rem 0; border-top: 1px solid var(--line); break-inside: avoid; }
.verdict { font-weight: 600; } .title { font-weight: 600; } .evidence { overflow-wrap: anywhere; }
.passed .verdict, .confirmed .verdict, .count.passed, .count.confirmed { color: var(--good); }
.failed .verdict, .count.failed { color: var(--bad); } .confirm .verdict, .count.confirm { color: var(--open); }
.not-applicable .verdict, .not-applicable .title, .count.not-applicable { color: var(--muted); font-weight: 400; }
.small { color: var(--muted); font-size: .8125rem; } .ms { font-variant-numeric: tabular-nums; }
.plain li { overflow-wrap: anywhere; font-size: .9375rem; } ol { padding-left: 1.25rem; } ol li { margin-bottom: .5rem; overflow-wrap: anywhere; }
code { font: .875em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; } footer { margin-top: 3rem; color: var(--muted); font-size: .875rem; }
@media (max-width: 36rem) { .checks li { grid-template-columns: 1fr; } }
@media print { body { font-size: 10.5pt; } main { padding: 0; max-width: none; } .facts { background: none; border: 1px solid var(--line); } }
`;
