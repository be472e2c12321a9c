/** CORS for a list of origins; anything else gets no permission. */
export class Cors {
  private readonly origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
  }

  /** Names and values in turn, for an answer to a request with this Origin. */
  headers(origin: string | undefined, preflight: boolean): readonly string[] {
    if (this.origins.size === 0) return [];
    if (origin === undefined || !this.origins.has(origin)) return ['Vary', 'Origin'];
    const allowed = ['Vary', 'Origin', 'Access-Control-Allow-Origin', origin];
    if (!preflight) return [...allowed, 'Access-Control-Expose-Headers', 'X-Request-Id, Retry-After'];
    return [
      ...allowed,
      ...['Access-Control-Allow-Methods', 'GET, POST'],
      ...['Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Original-URL, X-Original-Method'],
      ...['Access-Control-Max-Age', '600'],
    ];
  }
}
