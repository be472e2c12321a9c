import type { ComponentChildren } from 'preact';
import { TickIcon } from './icons.js';

/** A framed group with an optional title. */
export const Panel = ({ title, children }: { title?: string; children: ComponentChildren }) => (
  <section class="panel">
    {title === undefined ? null : <h2 class="panel-title">{title}</h2>}
    {children}
  </section>
);

export interface CheckboxProps {
  readonly name: string;
  readonly value: string;
  readonly label: string;
  readonly note?: string;
  readonly checked?: boolean;
}

/** A checkbox whose whole row can be pressed. */
export const Checkbox = ({ name, value, label, note, checked = false }: CheckboxProps) => (
  <label class="row">
    <input type="checkbox" name={name} value={value} checked={checked} />
    <span class="row-text">{label}</span>
    {note === undefined ? null : <span class="row-note">{note}</span>}
  </label>
);

/** A row that states a fact and cannot be changed. */
export const FixedRow = ({ label, note }: { label: string; note?: string }) => (
  <div class="row">
    <TickIcon />
    <span class="row-text">{label}</span>
    {note === undefined ? null : <span class="row-note">{note}</span>}
  </div>
);

export const Rows = ({ items }: { items: readonly ComponentChildren[] }) => (
  <ul class="rows">
    {items.map((item) => (
      <li>{item}</li>
    ))}
  </ul>
);

const initial = (name: string): string => [...name.trim()][0]?.toLocaleUpperCase('en') ?? '?';

/** A person or (square) an application, by name and one detail. */
export const Identity = ({ name, detail, square = false }: { name: string; detail?: string; square?: boolean }) => (
  <div class="person">
    <span class={square ? 'avatar avatar-square' : 'avatar'} aria-hidden="true">
      {initial(name)}
    </span>
    <span class="person-name">
      <bdi>{name}</bdi>
    </span>
    {detail === undefined ? null : (
      <span class="person-detail">
        <bdi>{detail}</bdi>
      </span>
    )}
  </div>
);

/** Names and values. */
export const Facts = ({ entries }: { entries: readonly (readonly [string, ComponentChildren])[] }) => (
  <dl class="facts">
    {entries.map(([name, value]) => (
      <div>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
