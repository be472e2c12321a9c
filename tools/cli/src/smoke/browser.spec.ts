import { describe, expect, it } from '@jest/globals';
import { MockAgent } from 'undici';
import { Browser } from './browser.js';

const origin = 'https://localhost:8080';
const form = `<title>Consent</title><form method="post"><input type="hidden" name="csrf" value="t">
  <label for="u">Name</label><input id="u" name="user"><input type="checkbox" name="scope" value="email">
  <button name="decision" value="allow">Allow</button><button formaction="/elsewhere">Leave</button></form>`;

describe('the smoke browser', () => {
  const setUp = () => {
    const agent = new MockAgent();
    agent.disableNetConnect();
    return { pool: agent.get(origin), browser: new Browser(agent, 'https://app.example') };
  };

  it('follows redirects with its cookies and does not open the application', async () => {
    const { pool, browser } = setUp();
    pool.intercept({ path: '/a' }).reply(303, '', { headers: { location: '/b', 'set-cookie': 'id=1; Path=/' } });
    pool
      .intercept({ path: '/b', headers: { cookie: 'id=1' } })
      .reply(303, '', { headers: { location: 'https://app.example/cb?code=x' } });
    expect(await browser.open(`${origin}/a`)).toMatchObject({
      url: new URL('https://app.example/cb?code=x'),
      status: 0,
    });
  });

  it('sends a form as a person would: filled in, every box ticked, by the button that was pressed', async () => {
    const { pool, browser } = setUp();
    pool.intercept({ path: '/consent' }).reply(200, form);
    pool
      .intercept({
        path: '/consent',
        method: 'POST',
        headers: { origin },
        body: 'csrf=t&user=alice&scope=email&decision=allow',
      })
      .reply(200, 'done');
    const page = await browser.open(`${origin}/consent`);
    expect((await browser.submit(page, 'Allow', { Name: 'alice' })).html).toBe('done');
    pool.intercept({ path: '/elsewhere', method: 'POST' }).reply(200, 'left');
    expect((await browser.submit(page, 'Leave')).html).toBe('left');
    expect(() => browser.submit(page, 'Allow', { Password: 'x' })).toThrow('no field "Password", only Name');
  });

  it('refuses a redirect that would carry a password on (RFC 9700 §4.12)', async () => {
    const { pool, browser } = setUp();
    pool.intercept({ path: '/login', method: 'POST' }).reply(307, '', { headers: { location: '/next' } });
    const page = { url: new URL(`${origin}/login`), status: 200, html: form };
    await expect(browser.submit(page, 'Allow')).rejects.toThrow('a form was answered with 307');
  });

  it('gives up after ten redirects', async () => {
    const { pool, browser } = setUp();
    pool
      .intercept({ path: '/loop' })
      .reply(302, '', { headers: { location: '/loop' } })
      .persist();
    await expect(browser.open(`${origin}/loop`)).rejects.toThrow('more than 10 redirects');
  });
});
