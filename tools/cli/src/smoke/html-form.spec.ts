import { describe, expect, it } from '@jest/globals';
import { formsOf, formWithButton, titleOf } from './html-form.js';

const page = `<!doctype html><html><head><title>Sign in &middot; Demo &amp; Co</title></head><body>
<form method="get" action="/search"><input name="q"><button>Search</button></form>
<form method="post" action="/login?login_challenge=a&amp;x=1">
  <input type="hidden" name="csrf" value="t&quot;k&#x27;n&#39;">
  <label for="u">Username or <b>email</b></label><input id="u" name="username" type="text" value='alice'>
  <label>Password <input id=p name=password type=password></label>
  <label for="s"><svg><title>tick</title></svg> Remember me</label><input type="checkbox" id="s" name="remember" value="yes">
  <input type="checkbox" name="scope" checked>
  <input type="submit" value="Old"><input type="text" id="nameless">
  <button type="submit" name="action" value="go"> Sign
   in </button><button formaction="/cancel">Cancel</button>
</form></body></html>`;

describe('the forms of a page', () => {
  it('are found by the words on their button', () => {
    expect(formWithButton(page, 'Sign in').action).toBe('/login?login_challenge=a&x=1');
    expect(formsOf(page).map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it('give their fields by their labels, and what is filled in already', () => {
    const form = formWithButton(page, 'Sign in');
    expect(form.values).toEqual([
      ['csrf', `t"k'n'`],
      ['username', 'alice'],
      ['password', ''],
    ]);
    expect(form.labels.get('Username or email')).toBe('username');
    expect(form.labels.get('Password')).toBe('password');
  });

  it('give their checkboxes and what each button adds', () => {
    const form = formWithButton(page, 'Cancel');
    expect(form.checkboxes).toEqual([
      { name: 'remember', value: 'yes', label: 'Remember me' },
      { name: 'scope', value: 'on', label: '' },
    ]);
    expect(form.buttons.get('Sign in')).toEqual({ name: 'action', value: 'go', action: undefined });
    expect(form.buttons.get('Cancel')).toEqual({ name: undefined, value: '', action: '/cancel' });
  });

  it('that are not there are told by the title of the page and the buttons there are', () => {
    expect(() => formWithButton(page, 'Allow')).toThrow(
      'the page "Sign in &middot; Demo & Co" has no button "Allow", only Search, Sign in, Cancel',
    );
    expect(() => formWithButton('', 'Allow')).toThrow('the page "untitled" has no button "Allow"');
    expect(titleOf('<title>x</title>')).toBe('x');
  });
});
