import type { FormUse } from '../forms/form-tokens.js';
import type { Session } from '../sessions/session.entity.js';

/** A sign-out form ends the session it was shown in and no other. */
export const signOutUse = ({ handle }: Pick<Session, 'handle'>): FormUse => ({ purpose: 'sign-out', binding: handle });
