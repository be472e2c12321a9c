interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** The cookies of one browser, per host as browsers keep them: the port makes no difference (RFC 6265 §8.5). */
export class CookieJar {
  private readonly hosts = new Map<string, Map<string, Cookie>>();

  /** Takes in the Set-Cookie headers of an answer. */
  store(url: URL, setCookies: readonly string[], now = Date.now()): void {
    for (const line of setCookies) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const split = pair.indexOf('=');
      if (split < 1) continue;
      const options = new Map(attributes.map(attribute));
      const path = options.get('path')?.startsWith('/') ? options.get('path')! : defaultPath(url);
      const name = pair.slice(0, split);
      const cookies = this.cookiesOf(url.hostname);
      if (isOver(options, now)) cookies.delete(`${path} ${name}`);
      else cookies.set(`${path} ${name}`, { name, value: pair.slice(split + 1), path });
    }
  }

  /** The Cookie header for a request, or undefined when there is none to send. */
  header(url: URL): string | undefined {
    const matching = [...this.cookiesOf(url.hostname).values()].filter(({ path }) => matchesPath(url.pathname, path));
    const longestFirst = matching.sort((a, b) => b.path.length - a.path.length);
    return longestFirst.map(({ name, value }) => `${name}=${value}`).join('; ') || undefined;
  }

  private cookiesOf(host: string): Map<string, Cookie> {
    const cookies = this.hosts.get(host) ?? new Map<string, Cookie>();
    this.hosts.set(host, cookies);
    return cookies;
  }
}

function attribute(text: string): [string, string] {
  const [name = '', ...value] = text.split('=');
  return [name.toLowerCase(), value.join('=')];
}

function isOver(options: Map<string, string>, now: number): boolean {
  const maxAge = options.get('max-age');
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = options.get('expires');
  return expires !== undefined && Date.parse(expires) <= now;
}

/** RFC 6265 §5.1.4 */
const defaultPath = ({ pathname }: URL): string => pathname.slice(0, pathname.lastIndexOf('/')) || '/';

function matchesPath(requestPath: string, path: string): boolean {
  if (requestPath === path) return true;
  return requestPath.startsWith(path) && (path.endsWith('/') || requestPath[path.length] === '/');
}
