import {
  Actions,
  Alert,
  Button,
  Checkbox,
  ExternalLink,
  FixedRow,
  Form,
  Identity,
  Intro,
  Page,
  Panel,
  Quoted,
  Rows,
  SmallText,
} from '@cryptoutil/pages';
import type { LoginRequest, RequestedScope } from '../authorization-server/login-request.schema.js';
import type { SignedIn } from '../sessions/session.store.js';

export interface ConsentPageProps {
  readonly host: string;
  readonly challenge: string;
  readonly formToken: string;
  readonly client: LoginRequest['client'];
  readonly person: Pick<SignedIn, 'name' | 'username'>;
  readonly scopes: readonly RequestedScope[];
  /** Names of the optional scopes that are ticked. */
  readonly ticked: ReadonlySet<string>;
  /** The form was refused and nothing was granted; shown again with its ticks. */
  readonly forged?: boolean;
}

const description = ({ description: words, name }: RequestedScope) => words || name;
const resourceNote = ({ resource }: RequestedScope) => (resource === undefined ? undefined : `At ${resource}`);

const Links = ({ client }: { client: LoginRequest['client'] }) => {
  const { policy_uri: policy, tos_uri: terms } = client;
  if (policy === undefined && terms === undefined) return null;
  return (
    <SmallText>
      Read the application’s {policy !== undefined && <ExternalLink href={policy}>privacy policy</ExternalLink>}
      {policy !== undefined && terms !== undefined && ' and '}
      {terms !== undefined && <ExternalLink href={terms}>terms of service</ExternalLink>} before you decide.
    </SmallText>
  );
};

/** Asks what an application may do. Words on buttons are part of the suite's contract. */
export const ConsentPage = ({
  host,
  challenge,
  formToken,
  client,
  person,
  scopes,
  ticked,
  forged,
}: ConsentPageProps) => {
  const name = <Quoted text={client.name ?? client.client_id} />;
  const required = scopes.filter((scope) => scope.required);
  const optional = scopes.filter((scope) => !scope.required);
  return (
    <Page title="Allow access" host={host}>
      <Intro heading={<>Allow {name} to use your account?</>}>
        {optional.length > 0 ? 'Choose what it may do.' : 'See what it may do, then decide.'}
      </Intro>
      {forged && (
        <Alert tone="error">
          This form was out of date, so nothing was allowed. Check your choice and press the button again.
        </Alert>
      )}
      <Panel>
        <Identity name={person.name || person.username} detail={`Signed in as ${person.username}`} />
      </Panel>
      <Form action="/consent" hidden={{ form_token: formToken, login_challenge: challenge }}>
        {required.length > 0 && (
          <Panel title="Always included">
            <Rows
              items={required.map((scope) => (
                <FixedRow label={description(scope)} note={resourceNote(scope)} />
              ))}
            />
          </Panel>
        )}
        {optional.length > 0 && (
          <Panel title="Your choice">
            <Rows
              items={optional.map((scope) => (
                <Checkbox
                  name="scope"
                  value={scope.name}
                  label={description(scope)}
                  note={resourceNote(scope)}
                  checked={ticked.has(scope.name)}
                />
              ))}
            />
          </Panel>
        )}
        <Links client={client} />
        <Actions pair>
          <Button name="decision" value="allow">
            Allow
          </Button>
          <Button name="decision" value="deny" kind="secondary">
            Deny
          </Button>
        </Actions>
      </Form>
    </Page>
  );
};
