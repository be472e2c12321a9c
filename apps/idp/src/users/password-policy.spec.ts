import { describe, expect, it } from '@jest/globals';
import { MAX_PASSWORD_LENGTH, passwordProblem } from './password-policy.js';

const alice = { username: 'alice', email: 'alice.smith@example.com', name: 'Alice Smith' };
const verdict = (password: string) => passwordProblem(password, alice);

describe('passwordProblem (SP 800-63B-4 §3.1.1.2)', () => {
  it('asks for 15 characters when a password stands alone', () => {
    expect(verdict('tk4 Vw9 pqL2 x')).toContain('at least 15');
    expect(verdict('tk4 Vw9 pqL2 xy')).toBeUndefined();
  });

  it('counts characters, not bytes or UTF-16 units', () => {
    expect(verdict('🔑🐎🔋📎🌵🍋🎻')).toContain('at least 15');
    expect(verdict('🔑🐎🔋📎🌵🍋🎻🌍🚲🎲🧊🦉🪁🧭🧶')).toBeUndefined();
  });

  it('allows far more than 64 characters and bounds them all the same', () => {
    const long = 'the violin was left on the tram to Basel in the rain, and nobody came for it';
    expect(verdict(long)).toBeUndefined();
    expect(verdict('x9'.repeat(MAX_PASSWORD_LENGTH))).toContain('at most 256');
  });

  it.each(['correct horse battery staple', 'lowercaseonlywithoutdigits', '938105726482019'])(
    'has no rules about kinds of characters: %j',
    (password) => expect(verdict(password)).toBeUndefined(),
  );

  it.each(['aaaaaaaaaaaaaaaaaaa', 'passwordpassword', 'abc abc abc abc abc'])('refuses repetition: %j', (password) =>
    expect(verdict(password)).toContain('repeats'),
  );

  it.each(['abcdefghijklmnop', '98765432109876543', 'qwertyuiopasdfghjkl', 'MNBVCXZLKJHGFDSA'])(
    'refuses rows of neighbours: %j',
    (password) => expect(verdict(password)).toContain('neighbouring'),
  );

  it.each(['1qaz2wsx3edc4rfv', 'The quick brown fox', 'ＭＡＮＣＨＥＳＴＥＲＵＮＩＴＥＤ'])(
    'refuses leaked ones: %j',
    (password) => expect(verdict(password)).toContain('attackers'),
  );

  it.each(['alice.smith@example', 'cryptoutil-alice1', 'AliceSmith 2026!!', 'passwordcryptoutil'])(
    'refuses what is made of the person or the service: %j',
    (password) => expect(verdict(password)).toContain('your name'),
  );

  it('lets a personal word be part of a long password', () => {
    expect(verdict('alice keeps eleven tame geese')).toBeUndefined();
  });
});
