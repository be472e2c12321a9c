import type { ComponentChildren } from 'preact';
import { TickIcon, WarningIcon } from './icons.js';

export interface AlertProps {
  readonly tone: 'error' | 'notice' | 'success';
  /** For `invalidBecause` of the fields it speaks of. */
  readonly id?: string;
  readonly children: ComponentChildren;
}

/** A message in the page; errors are announced at once by screen readers. */
export const Alert = ({ tone, id, children }: AlertProps) => (
  <div class={`alert alert-${tone}`} role={tone === 'error' ? 'alert' : 'status'} id={id}>
    {tone === 'success' ? <TickIcon /> : <WarningIcon />}
    <div>{children}</div>
  </div>
);
