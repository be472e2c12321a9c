import { foldedSegments, matchesPattern, urlSegments } from './endpoint-pattern.js';

/** What the table needs of a registered endpoint. */
export interface RegisteredEndpoint {
  readonly url: string;
  readonly pattern: boolean;
  /** Empty: any. */
  readonly method: string;
  readonly scope: string;
}

/** What is registered for one URL or pattern: an endpoint for each method. */
type Entry = RegisteredEndpoint[];

interface PatternEntry {
  readonly segments: readonly string[];
  readonly folded: readonly string[];
  readonly entry: Entry;
}

/** The active endpoints, ready to be looked up. */
export class EndpointTable {
  private readonly exact = new Map<string, Entry>();
  /** By the folded path: URLs that a server behind may take for one another. */
  private readonly alike = new Map<string, Entry[]>();
  private readonly patterns: PatternEntry[] = [];

  constructor(endpoints: readonly RegisteredEndpoint[]) {
    const patterns = new Map<string, Entry>();
    for (const endpoint of endpoints) {
      const entries = endpoint.pattern ? patterns : this.exact;
      entries.set(endpoint.url, [...(entries.get(endpoint.url) ?? []), endpoint]);
    }
    for (const [url, entry] of patterns) {
      const segments = urlSegments(url);
      if (segments) this.patterns.push({ segments, folded: foldedSegments(segments), entry });
    }
    for (const [url, entry] of this.exact) {
      const segments = urlSegments(url);
      if (!segments) continue;
      const key = foldedSegments(segments).join('/');
      this.alike.set(key, [...(this.alike.get(key) ?? []), entry]);
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
    const entry = this.exact.get(url);
    return entry && scopes([entry], method);
  }

  /** A wide pattern opens nothing that has rules of its own, however its path is spelt: the scopes of all that it may be are needed. */
  private ofPatterns(url: string, method: string | undefined): readonly string[] | undefined {
    if (this.patterns.length === 0) return undefined;
    const segments = urlSegments(url);
    if (!segments) return undefined;
    const matching = this.patterns.filter((pattern) => matchesPattern(pattern.segments, segments));
    const registered = scopes(
      matching.map(({ entry }) => entry),
      method,
    );
    if (!registered) return undefined;
    const folded = foldedSegments(segments);
    const patterns = this.patterns.filter((pattern) => matchesPattern(pattern.folded, folded));
    const alike = [...patterns.map(({ entry }) => entry), ...(this.alike.get(folded.join('/')) ?? [])];
    return [...new Set([...registered, ...(scopes(alike, method) ?? [])])];
  }
}

/** Of each entry those of the method, or else those of any method. */
function scopes(entries: readonly Entry[], method: string | undefined): readonly string[] | undefined {
  const found = entries.flatMap((entry) => {
    const sameMethod = method === undefined ? entry : entry.filter((endpoint) => endpoint.method === method);
    return sameMethod.length > 0 ? sameMethod : entry.filter((endpoint) => endpoint.method === '');
  });
  return found.length > 0 ? [...new Set(found.map(({ scope }) => scope))] : undefined;
}

function withoutQuery(url: string): string {
  const query = url.search(/[?#]/);
  return query < 0 ? url : url.slice(0, query);
}
