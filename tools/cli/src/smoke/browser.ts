import { fetch, type Dispatcher } from 'undici';
import { CookieJar } from './cookie-jar.js';
import { formWithButton } from './html-form.js';

/** What the browser shows: a page, or the redirect to an address that is not ours to open. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

const REDIRECTS = 10;

/** A browser without script: follows redirects, keeps cookies, fills in and sends forms. */
export class Browser {
  private readonly cookies = new CookieJar();

  /** `application` is the origin of the application: the browser does not open its addresses, where nothing has to listen. */
  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly application: string,
  ) {}

  open(url: URL | string): Promise<Page> {
    return this.go(new URL(url));
  }

  /** Fills in the fields of these labels, ticks every checkbox, and presses the button of these words. */
  submit(page: Page, button: string, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
    const form = formWithButton(page.html, button);
    const body = new URLSearchParams(form.values.map(([name, value]) => [name, value]));
    for (const [label, value] of Object.entries(fields)) {
      const name = form.labels.get(label);
      if (name === undefined) throw new Error(`no field "${label}", only ${[...form.labels.keys()].join(', ')}`);
      body.set(name, value);
    }
    for (const { name, value } of form.checkboxes) body.append(name, value);
    const pressed = form.buttons.get(button);
    if (pressed?.name) body.append(pressed.name, pressed.value);
    return this.go(new URL(pressed?.action || form.action || page.url.href, page.url), {
      body,
      origin: page.url.origin,
    });
  }

  private async go(start: URL, post?: { body: URLSearchParams; origin: string }): Promise<Page> {
    let url = start;
    let sending = post;
    for (let hop = 0; hop < REDIRECTS; hop += 1) {
      if (url.origin === this.application) return { url, status: 0, html: '' };
      const response = await this.send(url, sending);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) {
        return { url, status: response.status, html: await response.text() };
      }
      // 307 and 308 would send the password on to the next address (RFC 9700 §4.12).
      if (sending && response.status !== 303 && response.status !== 302)
        throw new Error(`a form was answered with ${response.status}`);
      await response.body?.cancel();
      url = new URL(location, url);
      sending = undefined;
    }
    throw new Error(`more than ${REDIRECTS} redirects`);
  }

  private async send(url: URL, post?: { body: URLSearchParams; origin: string }) {
    const cookie = this.cookies.header(url);
    const response = await fetch(url, {
      dispatcher: this.dispatcher,
      redirect: 'manual',
      method: post ? 'POST' : 'GET',
      ...(post && { body: post.body }),
      headers: {
        accept: 'text/html',
        ...(post && { origin: post.origin, 'sec-fetch-site': 'same-origin' }),
        ...(cookie && { cookie }),
      },
    });
    this.cookies.store(url, response.headers.getSetCookie());
    return response;
  }
}
