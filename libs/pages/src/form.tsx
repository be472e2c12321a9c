import type { ComponentChildren } from 'preact';

export interface FormProps {
  /** Path the form is posted to. */
  readonly action: string;
  /** Hidden fields, such as the form token. */
  readonly hidden?: Readonly<Record<string, string>>;
  readonly children: ComponentChildren;
}

/** A form that posts urlencoded fields and needs no script. */
export const Form = ({ action, hidden = {}, children }: FormProps) => (
  <form class="form" method="post" action={action}>
    {Object.entries(hidden).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    {children}
  </form>
);

export interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type?: 'text' | 'password' | 'email';
  /** Value of the `autocomplete` attribute, so that password managers find their way. */
  readonly autocomplete: string;
  readonly value?: string;
  readonly hint?: string;
  readonly error?: string;
  readonly autofocus?: boolean;
  readonly required?: boolean;
  readonly maxLength?: number;
  /** `code`: digits in wide figures with a numeric keyboard. `plain`: no capitals and no spelling corrections. */
  readonly kind?: 'plain' | 'code';
  /** The field was refused together with others; the reason is told in an `Alert` with this id. */
  readonly invalidBecause?: string;
}

/** A labelled input; hint and error are tied to it by `aria-describedby`. */
export const Field = ({
  label,
  name,
  type = 'text',
  autocomplete,
  value,
  hint,
  error,
  autofocus,
  required = true,
  maxLength,
  kind = 'plain',
  invalidBecause,
}: FieldProps) => {
  const described = [hint && `${name}-hint`, error && `${name}-error`, invalidBecause].filter(Boolean).join(' ');
  return (
    <div class={kind === 'code' ? 'field field-code' : 'field'}>
      <label for={name}>{label}</label>
      {hint ? (
        <span class="field-hint" id={`${name}-hint`}>
          {hint}
        </span>
      ) : null}
      <input
        id={name}
        name={name}
        type={type as 'text'} // the typings want one literal for each kind of input; all three take the same attributes
        autocomplete={autocomplete}
        value={value}
        required={required}
        autofocus={autofocus}
        maxLength={maxLength}
        autocapitalize="none"
        spellcheck={false}
        inputMode={kind === 'code' ? 'numeric' : undefined}
        aria-invalid={error || invalidBecause ? 'true' : undefined}
        aria-describedby={described || undefined}
      />
      {error ? (
        <span class="field-error" id={`${name}-error`}>
          {error}
        </span>
      ) : null}
    </div>
  );
};

export interface ButtonProps {
  readonly children: string;
  readonly kind?: 'primary' | 'secondary';
  /** Name and value sent when this button is the one pressed. */
  readonly name?: string;
  readonly value?: string;
}

/** A submit button. */
export const Button = ({ children, kind = 'primary', name, value }: ButtonProps) => (
  <button class={`button button-${kind}`} type="submit" name={name} value={value}>
    {children}
  </button>
);

/** A link that looks like a button, for the one thing to do next. `href` must be a path of this service or an address from configuration. */
export const ButtonLink = ({
  href,
  children,
  kind = 'primary',
}: {
  href: string;
  children: string;
  kind?: 'primary' | 'secondary';
}) => (
  <a class={`button button-${kind}`} href={href}>
    {children}
  </a>
);

/** Buttons below each other, or side by side (`pair`) where there is room. */
export const Actions = ({ children, pair = false }: { children: ComponentChildren; pair?: boolean }) => (
  <div class={pair ? 'actions actions-pair' : 'actions'}>{children}</div>
);
