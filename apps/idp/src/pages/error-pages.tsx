import { MessagePage } from '@cryptoutil/pages';

interface ErrorPageProps {
  readonly host: string;
  readonly reference?: string;
}

/** 410: one page for a login request that is unknown, answered or too old. */
export const ExpiredPage = ({ host }: ErrorPageProps) => (
  <MessagePage
    title="This sign-in link has expired"
    host={host}
    message="A sign-in has to be finished within ten minutes, and each link works once."
    advice="Go back to the application you came from and start signing in again. Nothing was changed in your account."
    next={{ href: '/', label: 'Go to your account' }}
  />
);

/** 503: something this page needs does not answer; it will again. */
export const UnavailablePage = ({ host, reference, retryPath }: ErrorPageProps & { retryPath?: string }) => (
  <MessagePage
    title="Signing in is not possible right now"
    host={host}
    message="Part of the service does not answer. This is not because of anything you entered."
    advice="Wait a few seconds and try again."
    next={retryPath === undefined ? undefined : { href: retryPath, label: 'Try again' }}
    reference={reference}
  />
);

export const WrongStepPage = ({ host }: ErrorPageProps) => (
  <MessagePage
    title="This step was already taken"
    host={host}
    message="The sign-in has moved on since this page was opened, perhaps in another tab."
    advice="Go back to the application you came from. If it has not signed you in, start again from there."
    next={{ href: '/', label: 'Go to your account' }}
  />
);

export const OtherPersonPage = ({ host, username }: ErrorPageProps & { username: string }) => (
  <MessagePage
    title="Another account is signed in"
    host={host}
    message={`This request was started under a different account than ${username}, who is signed in here.`}
    advice="Sign out, go back to the application you came from, and start again with the account you want to use."
    next={{ href: '/sign-out', label: 'Sign out' }}
  />
);

export const BadRequestPage = ({ host, reference }: ErrorPageProps) => (
  <MessagePage
    title="This page cannot be opened like that"
    host={host}
    message="The address or the form that led here is incomplete or was changed on the way."
    advice="Go back to the application you came from and start again."
    reference={reference}
  />
);

export const InternalErrorPage = ({ host, reference }: ErrorPageProps) => (
  <MessagePage
    title="Something went wrong here"
    host={host}
    message="The fault is ours and was written down."
    advice="Go back to the application you came from and start again. If it happens again, tell your administrator the reference below."
    reference={reference}
  />
);
