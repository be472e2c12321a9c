import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { AccountDirectory } from '../accounts/account-directory.js';

/**
 * The provider's prompts, and a new sign-in when the session at idp under which a person signed in here has ended: signed out there,
 * unused for too long, or voided with the account or the password. With `prompt=none`: `login_required`.
 */
export function promptsOf(accounts: Pick<AccountDirectory, 'hasSession'>): interactionPolicy.DefaultPolicy {
  const { base, Check } = interactionPolicy;
  const policy = base();
  const ended = async ({ oidc: { session, result } }: KoaContextWithOIDC): Promise<boolean> => {
    const { accountId, idpSession } = (session ?? {}) as { accountId?: string; idpSession?: string };
    // Right after a sign-in there is nothing to ask: idp has just said so itself.
    if (accountId === undefined || idpSession === undefined || result?.login) return Check.NO_NEED_TO_PROMPT;
    return (await accounts.hasSession(idpSession, accountId)) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  };
  policy
    .get('login')!
    .checks.add(new Check('idp_session_ended', 'End-User authentication is required', 'login_required', ended));
  return policy;
}
