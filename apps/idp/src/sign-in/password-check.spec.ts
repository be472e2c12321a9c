import { describe, expect, it, jest } from '@jest/globals';
import { hashPassword } from '@cryptoutil/crypto';
import type { User } from '../users/user.entity.js';
import type { UserStore } from '../users/user.store.js';
import { PasswordCheck, TooManyPasswordChecks } from './password-check.js';

const replacePasswordHash = jest.fn(() => Promise.resolve());
const passwords = new PasswordCheck({ replacePasswordHash } as unknown as UserStore);
const user = (passwordHash: string | null, disabledAt: Date | null = null) =>
  ({ id: 'id', passwordHash, disabledAt }) as User;

describe('PasswordCheck', () => {
  it('says yes to the right password of an account that is on, and no to all else', async () => {
    const hash = await hashPassword('tk4 Vw9 pqL2 xy');
    expect(await passwords.verify(user(hash), 'tk4 Vw9 pqL2 xy')).toBe(true);
    expect(await passwords.verify(user(hash), 'tk4 Vw9 pqL2 xz')).toBe(false);
    expect(await passwords.verify(user(hash, new Date()), 'tk4 Vw9 pqL2 xy')).toBe(false);
    expect(await passwords.verify(user(null), '')).toBe(false);
    expect(await passwords.verify(null, 'tk4 Vw9 pqL2 xy')).toBe(false);
  });

  it('turns away what could not be answered in time instead of piling it up', async () => {
    const busy = new PasswordCheck({} as UserStore);
    busy.maxWaiting = 1;
    const first = busy.verify(null, 'a');
    await expect(busy.verify(null, 'b')).rejects.toBeInstanceOf(TooManyPasswordChecks);
    expect(await first).toBe(false);
    expect(await busy.verify(null, 'c')).toBe(false);
  });

  it('replaces a hash of a lower cost at the next sign-in, and only such a one', async () => {
    const today = await hashPassword('tk4 Vw9 pqL2 xy');
    await passwords.strengthen(user(today), 'tk4 Vw9 pqL2 xy');
    await passwords.strengthen(user(null), 'tk4 Vw9 pqL2 xy');
    expect(replacePasswordHash).not.toHaveBeenCalled();
    await passwords.strengthen(user(today.replace('m=19456', 'm=7168')), 'tk4 Vw9 pqL2 xy');
    expect(replacePasswordHash).toHaveBeenCalledTimes(1);
  });
});
