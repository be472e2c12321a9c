import { request, type Dispatcher } from 'undici';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  location: URL | undefined;
  text: string;
}

/** As much of a browser as the protocol needs: a cookie jar and no automatic redirects. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(private readonly dispatcher: Dispatcher) {}

  get(url: string | URL, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', url, undefined, headers);
  }

  post(url: string | URL, form: Record<string, string>): Promise<Answer> {
    return this.send('POST', url, new URLSearchParams(form).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
  }

  private async send(
    method: 'GET' | 'POST',
    url: string | URL,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await request(url, {
      method,
      dispatcher: this.dispatcher,
      body,
      headers: { accept: 'text/html', ...(cookie && { cookie }), ...headers },
    });
    for (const line of [response.headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      if (/expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const location = response.headers['location'];
    return {
      status: response.statusCode,
      headers: response.headers,
      location: typeof location === 'string' ? new URL(location, url) : undefined,
      text: await response.body.text(),
    };
  }
}
