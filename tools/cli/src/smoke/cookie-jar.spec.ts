import { describe, expect, it } from '@jest/globals';
import { CookieJar } from './cookie-jar.js';

describe('the cookies of the smoke browser', () => {
  const url = (path: string, origin = 'https://localhost:8080') => new URL(path, origin);
  const jar = (...cookies: string[]) => {
    const made = new CookieJar();
    made.store(url('/oauth2/v1/authorize'), cookies);
    return made;
  };

  it('go to every port of their host and to no other host (RFC 6265 §8.5)', () => {
    const cookies = jar('a=1; Path=/');
    expect(cookies.header(url('/login', 'https://localhost:8081'))).toBe('a=1');
    expect(cookies.header(url('/', 'https://127.0.0.1:8080'))).toBeUndefined();
  });

  it('go to their path and below, the longest first (RFC 6265 §5.4)', () => {
    const cookies = jar('root=1; Path=/', 'deep=2; Path=/oauth2');
    expect(cookies.header(url('/oauth2/v1'))).toBe('deep=2; root=1');
    expect(cookies.header(url('/oauth2'))).toBe('deep=2; root=1');
    expect(cookies.header(url('/oauth21'))).toBe('root=1');
  });

  it('take the folder of the address when they name no path (RFC 6265 §5.1.4)', () => {
    expect(jar('a=1').header(url('/oauth2/v1/token'))).toBe('a=1');
    expect(jar('a=1').header(url('/oauth2'))).toBeUndefined();
    expect(jar('a=1; Path=relative').header(url('/oauth2/v1/token'))).toBe('a=1');
  });

  it('are replaced by name and path, and go when they are over', () => {
    const cookies = jar('a=1; Path=/', 'b=2; Path=/', 'c=3; Path=/');
    cookies.store(url('/'), [
      'a=x=y; Path=/',
      'b=; Path=/; Max-Age=0',
      'c=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ]);
    expect(cookies.header(url('/'))).toBe('a=x=y');
    cookies.store(url('/'), ['nonsense', '=nothing']);
    expect(cookies.header(url('/'))).toBe('a=x=y');
  });
});
