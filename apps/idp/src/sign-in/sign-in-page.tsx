import { Actions, Alert, Button, Field, Form, Intro, Page, Quoted } from '@cryptoutil/pages';
import { MAX_IDENTIFIER_LENGTH } from '../users/identifier.js';
import { waitingTime } from './waiting-time.js';

/** Why the form is shown again. */
export type SignInTrouble =
  | { readonly kind: 'refused' }
  | { readonly kind: 'blocked'; readonly retryAfterSeconds: number; readonly shut: boolean }
  | { readonly kind: 'forged' };

export interface SignInPageProps {
  readonly host: string;
  /** Name of the application that asks; none when somebody came by themselves. */
  readonly clientName?: string;
  readonly challenge?: string;
  readonly formToken: string;
  /** What stays in the username field. */
  readonly username: string;
  /** Somebody is signed in, but the application wants to be sure. */
  readonly again: boolean;
  readonly trouble?: SignInTrouble;
}

const TROUBLE_ID = 'sign-in-trouble';

const Trouble = ({ trouble }: { trouble: SignInTrouble }) => {
  switch (trouble.kind) {
    case 'refused':
      return (
        <Alert tone="error" id={TROUBLE_ID}>
          The username or password is not right. Check both and try again.
        </Alert>
      );
    case 'blocked':
      return (
        <Alert tone="error" id={TROUBLE_ID}>
          {trouble.shut
            ? 'Too many attempts. Signing in under this name is paused here: use a browser you have signed in with before, or ask your administrator.'
            : `Too many attempts. Wait ${waitingTime(trouble.retryAfterSeconds)} and try again.`}
        </Alert>
      );
    case 'forged':
      return (
        <Alert tone="error" id={TROUBLE_ID}>
          This form was out of date, so nothing was sent on. Enter your password once more. If you see this again, allow
          cookies for this site.
        </Alert>
      );
  }
};

const Purpose = ({ clientName, again }: Pick<SignInPageProps, 'clientName' | 'again'>) => {
  if (clientName === undefined) return <>with your cryptoutil account</>;
  const client = (
    <b>
      <Quoted text={clientName} />
    </b>
  );
  return again ? <>{client} asks you to sign in again before you go on.</> : <>to continue to {client}</>;
};

/** The sign-in form. Words on fields and buttons are part of the suite's contract. */
export const SignInPage = ({ host, clientName, challenge, formToken, username, again, trouble }: SignInPageProps) => {
  const refused = trouble?.kind === 'refused';
  const heading = again && clientName !== undefined ? 'Confirm that it’s you' : 'Sign in';
  return (
    <Page title={trouble ? `Error: ${heading}` : heading} host={host}>
      <Intro heading={heading}>
        <Purpose clientName={clientName} again={again} />
      </Intro>
      {trouble && <Trouble trouble={trouble} />}
      <Form
        action="/login"
        hidden={{ form_token: formToken, ...(challenge !== undefined && { login_challenge: challenge }) }}
      >
        <Field
          label="Username or email"
          name="username"
          autocomplete="username"
          value={username}
          maxLength={MAX_IDENTIFIER_LENGTH}
          autofocus={username === ''}
          invalidBecause={refused ? TROUBLE_ID : undefined}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autocomplete="current-password"
          autofocus={username !== ''}
          invalidBecause={refused ? TROUBLE_ID : undefined}
        />
        <Actions>
          <Button>Sign in</Button>
        </Actions>
      </Form>
    </Page>
  );
};
