import { describe, expect, it } from '@jest/globals';
import { cookieNames, readCookie } from './cookies.js';

const read = (cookie?: string) => readCookie({ headers: { cookie } }, cookieNames.session);

describe('readCookie', () => {
  it('finds a cookie among others', () => {
    expect(read('a=b; __Host-idp_session=value; c=d')).toBe('value');
    expect(read('__Host-idp_session=a=b')).toBe('a=b');
  });

  it('takes an ambiguous or absent cookie for none', () => {
    expect(read('__Host-idp_session=one; __Host-idp_session=two')).toBeUndefined();
    expect(read('x__Host-idp_session=one; __host-idp_session=two')).toBeUndefined();
    expect(read()).toBeUndefined();
  });
});
