import type { ComponentChildren } from 'preact';
import { Alert } from './alert.js';
import { ButtonLink, Actions } from './form.js';
import { Page } from './page.js';
import { Intro, SmallText } from './text.js';

export interface MessagePageProps {
  readonly title: string;
  /** One or two sentences: what happened. */
  readonly message: string;
  /** What to do now. */
  readonly advice?: ComponentChildren;
  readonly host?: string;
  readonly tone?: 'error' | 'notice' | 'success';
  /** A link to go on with: a path of this service or an address from configuration. */
  readonly next?: { readonly href: string; readonly label: string };
  /** Request id, so that support finds the log line. */
  readonly reference?: string;
}

/** A page that only tells something: an error, an expired link, a finished sign-out. */
export const MessagePage = ({ title, message, advice, host, tone, next, reference }: MessagePageProps) => (
  <Page title={title} host={host}>
    <Intro heading={title}>{tone === undefined ? message : undefined}</Intro>
    {tone === undefined ? null : <Alert tone={tone}>{message}</Alert>}
    {advice === undefined ? null : <div class="text">{advice}</div>}
    {next === undefined ? null : (
      <Actions>
        <ButtonLink href={next.href}>{next.label}</ButtonLink>
      </Actions>
    )}
    {reference === undefined ? null : (
      <SmallText>
        Reference for support: <span class="reference">{reference}</span>
      </SmallText>
    )}
  </Page>
);
