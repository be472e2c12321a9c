import { matchesPattern, urlSegments } from './endpoint-pattern.js';

/** What the table needs of a registered endpoint. */
export interface RegisteredEndpoint {
  readonly url: string;
  readonly pattern: boolean;
  /** Empty: any. */
  readonly method: string;
  readonly scope: string;
}

/** The active endpoints, ready to be looked up. */
export class EndpointTable {
  private readonly exact = new Map<string, RegisteredEndpoint[]>();
  private readonly patterns: { segments: string[]; endpoint: RegisteredEndpoint }[] = [];

  constructor(endpoints: readonly RegisteredEndpoint[]) {
    for (const endpoint of endpoints) {
      if (endpoint.pattern) this.patterns.push({ segments: urlSegments(endpoint.url) ?? [], endpoint });
      else this.exact.set(endpoint.url, [...(this.exact.get(endpoint.url) ?? []), endpoint]);
    }
  }

  /**
   * The scopes a token must have for a call, all of them; undefined when the call is not registered. The URL as it is goes before
   * the URL without its query, and both before patterns. Without a method, every method that is registered is meant.
   */
  scopesFor(url: string, method?: string): readonly string[] | undefined {
    const exact = this.of(url, method);
    if (exact) return exact;
    const bare = withoutQuery(url);
    return (bare === url ? undefined : this.of(bare, method)) ?? this.ofPatterns(bare, method);
  }

  private of(url: string, method: string | undefined): readonly string[] | undefined {
    const endpoints = this.exact.get(url);
    return endpoints && scopes(endpoints, method);
  }

  private ofPatterns(url: string, method: string | undefined): readonly string[] | undefined {
    if (this.patterns.length === 0) return undefined;
    const segments = urlSegments(url);
    if (!segments) return undefined;
    const matching = this.patterns.filter((pattern) => matchesPattern(pattern.segments, segments));
    return scopes(
      matching.map(({ endpoint }) => endpoint),
      method,
    );
  }
}

function scopes(endpoints: readonly RegisteredEndpoint[], method: string | undefined): readonly string[] | undefined {
  const sameMethod = method === undefined ? endpoints : endpoints.filter((endpoint) => endpoint.method === method);
  const found = sameMethod.length > 0 ? sameMethod : endpoints.filter((endpoint) => endpoint.method === '');
  return found.length > 0 ? [...new Set(found.map(({ scope }) => scope))] : undefined;
}

function withoutQuery(url: string): string {
  const query = url.search(/[?#]/);
  return query < 0 ? url : url.slice(0, query);
}
