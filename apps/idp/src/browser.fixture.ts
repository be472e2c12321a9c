import { request, type Dispatcher } from 'undici';

export interface Page {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  location: string | undefined;
}

/** Cookies, same-origin form posts and hidden fields of one browser; follows no redirect by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(
    private readonly url: string,
    private readonly origin: string,
    private readonly dispatcher: Dispatcher,
  ) {}

  async get(path: string): Promise<Page> {
    return this.send('GET', path);
  }

  /** Posts fields as a form of the page at this origin does. A header of `undefined` is left out. */
  async post(
    path: string,
    fields: Record<string, string | string[]> | string,
    headers: Record<string, string | undefined> = {},
  ): Promise<Page> {
    const pairs =
      typeof fields === 'string'
        ? fields
        : new URLSearchParams(
            Object.entries(fields).flatMap(([name, value]) =>
              [value].flat().map((one): [string, string] => [name, one]),
            ),
          ).toString();
    return this.send('POST', path, pairs, {
      'content-type': 'application/x-www-form-urlencoded',
      origin: this.origin,
      'sec-fetch-site': 'same-origin',
      ...headers,
    });
  }

  /** Opens a page and posts its form with what the person entered. */
  async fill(path: string, action: string, entered: Record<string, string | string[]>): Promise<Page> {
    return this.post(action, { ...hiddenFields((await this.get(path)).body), ...entered });
  }

  async signIn(username: string, password: string, challenge?: string): Promise<Page> {
    return this.fill(challenge ? `/login?login_challenge=${challenge}` : '/login', '/login', { username, password });
  }

  private async send(
    method: 'GET' | 'POST',
    path: string,
    body?: string,
    headers: Record<string, string | undefined> = {},
  ) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
    const answer = await request(`${this.url}${path}`, {
      method,
      dispatcher: this.dispatcher,
      headers: { ...given, ...(cookie && { cookie }) } as Record<string, string>,
      ...(body !== undefined && { body }),
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.keep(line);
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: text,
      location: answer.headers.location as string | undefined,
    };
  }

  private keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const gone = attributes.some((attribute) => /^expires=thu, 01 jan 1970/i.test(attribute));
    if (gone) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

const entities: Record<string, string> = { '&quot;': '"', '&lt;': '<', '&amp;': '&' };

export function hiddenFields(html: string): Record<string, string> {
  return Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      value!.replace(/&quot;|&lt;|&amp;/g, (entity) => entities[entity]!),
    ]),
  );
}
