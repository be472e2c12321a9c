import { request, type Dispatcher } from 'undici';

export interface HttpPage {
  url: URL;
  status: number;
  location: URL | undefined;
  text: string;
}

/** A browser without rendering: cookies, redirects, and forms by their names. */
export class HttpBrowser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly dispatcher: Dispatcher) {}

  get(url: URL): Promise<HttpPage> {
    return this.send(url, 'GET');
  }

  /** Follows redirects until there are none, or `stop` says that the page is the one that was wanted. */
  async follow(url: URL, stop: (url: URL) => boolean): Promise<HttpPage> {
    let page = await this.get(url);
    for (let hops = 0; page.location && hops < 10; hops += 1) {
      page = await this.get(page.location);
      if (stop(page.url)) break;
    }
    return page;
  }

  /** Posts the page's form with its hidden fields, ticked boxes, the given values and the pressed button. */
  async submit(page: HttpPage, values: Record<string, string>, button?: string): Promise<HttpPage> {
    const form = new URLSearchParams();
    for (const [, attributes = ''] of page.text.matchAll(/<input ([^>]*)>/g)) {
      const name = attribute(attributes, 'name');
      const type = attribute(attributes, 'type');
      if (!name || (type === 'checkbox' && !/\bchecked\b/.test(attributes))) continue;
      if (type === 'hidden' || type === 'checkbox') form.append(name, attribute(attributes, 'value') ?? 'on');
    }
    for (const [name, value] of Object.entries(values)) if (page.text.includes(`name="${name}"`)) form.set(name, value);
    for (const [, attributes = '', label = ''] of page.text.matchAll(/<button ([^>]*)>([^<]*)<\/button>/g)) {
      const name = attribute(attributes, 'name');
      if (label === button && name) form.set(name, attribute(attributes, 'value') ?? '');
    }
    const action = /<form [^>]*action="([^"]*)"/.exec(page.text)?.[1] ?? '';
    return this.send(new URL(action.replaceAll('&amp;', '&'), page.url), 'POST', form.toString());
  }

  private async send(url: URL, method: 'GET' | 'POST', body?: string): Promise<HttpPage> {
    const response = await request(url, {
      method,
      dispatcher: this.dispatcher,
      body,
      headers: {
        accept: 'text/html',
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded', origin: url.origin }),
      },
    });
    for (const line of [response.headers['set-cookie'] ?? []].flat()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      if (/expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const { location } = response.headers;
    return {
      url,
      status: response.statusCode,
      location: typeof location === 'string' ? new URL(location, url) : undefined,
      text: await response.body.text(),
    };
  }
}

const attribute = (attributes: string, name: string): string | undefined =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1]?.replaceAll('&amp;', '&');
