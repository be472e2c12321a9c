import { Actions, Alert, Button, ButtonLink, Form, Identity, Intro, MessagePage, Page, Panel } from '@cryptoutil/pages';
import type { SignedIn } from '../sessions/session.store.js';

export interface SignOutPageProps {
  readonly host: string;
  readonly formToken: string;
  readonly person: Pick<SignedIn, 'name' | 'username'>;
  /** The form was refused; nobody was signed out. */
  readonly forged?: boolean;
}

export const SignOutPage = ({ host, formToken, person, forged }: SignOutPageProps) => (
  <Page title="Sign out" host={host}>
    <Intro heading="Sign out?">You will need your password to sign in again in this browser.</Intro>
    {forged && (
      <Alert tone="error">This form was out of date, so you are still signed in. Press the button again.</Alert>
    )}
    <Panel>
      <Identity name={person.name || person.username} detail={person.username} />
    </Panel>
    <Form action="/sign-out" hidden={{ form_token: formToken }}>
      <Actions pair>
        <Button>Sign out</Button>
        <ButtonLink href="/" kind="secondary">
          Stay signed in
        </ButtonLink>
      </Actions>
    </Form>
  </Page>
);

export const SignedOutPage = ({ host }: { host: string }) => (
  <MessagePage
    title="You are signed out"
    host={host}
    message="Your session in this browser has ended."
    advice="Applications you opened before may keep you signed in for a while: sign out there too if others use this device."
    next={{ href: '/login', label: 'Sign in' }}
  />
);
