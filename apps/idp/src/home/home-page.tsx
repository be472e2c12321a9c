import { Actions, Button, Facts, Form, Identity, Intro, MessagePage, Page, Panel } from '@cryptoutil/pages';
import type { SignedIn } from '../sessions/session.store.js';

export interface HomePageProps {
  readonly host: string;
  readonly formToken: string;
  readonly person: Pick<SignedIn, 'name' | 'username' | 'email' | 'authTime' | 'expiresAt'>;
}

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
const Moment = ({ at }: { at: Date }) => <time dateTime={at.toISOString()}>{`${moment.format(at)} UTC`}</time>;

/** Who is signed in here. */
export const HomePage = ({ host, formToken, person }: HomePageProps) => (
  <Page title="Your account" host={host}>
    <Intro heading="You are signed in">Applications that use this sign-in service can now recognise you.</Intro>
    <Panel>
      <Identity name={person.name || person.username} detail={person.email} />
      <Facts
        entries={[
          ['Username', <bdi>{person.username}</bdi>],
          ['Signed in', <Moment at={person.authTime} />],
          ['Ends at the latest', <Moment at={person.expiresAt} />],
        ]}
      />
    </Panel>
    <Form action="/sign-out" hidden={{ form_token: formToken }}>
      <Actions>
        <Button kind="secondary">Sign out</Button>
      </Actions>
    </Form>
  </Page>
);

export const NobodyPage = ({ host }: { host: string }) => (
  <MessagePage
    title="You are not signed in"
    host={host}
    message="Open the application you want to use and sign in from there, or sign in here first."
    next={{ href: '/login', label: 'Sign in' }}
  />
);
