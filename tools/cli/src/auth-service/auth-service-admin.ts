import type { Dispatcher } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, problemText, type Answer } from '../requests/answers.js';

/** A client as the admin API takes it, with its id. */
export interface ClientRegistration {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly name?: string;
  readonly access_token_ttl?: number;
  readonly allowed_scopes?: readonly string[];
  readonly active?: boolean;
}

/** An endpoint as the admin API takes it. */
export interface EndpointRegistration {
  readonly url: string;
  readonly pattern?: boolean;
  readonly method?: string;
  readonly scope: string;
  readonly description?: string;
  readonly active?: boolean;
}

/** What somebody wants to be registered. */
export interface Registrations {
  readonly clients: readonly ClientRegistration[];
  readonly endpoints: readonly EndpointRegistration[];
}

export type ShownClient = Required<Omit<ClientRegistration, 'client_secret'>>;
export type ShownEndpoint = Required<EndpointRegistration> & { readonly id: string };

/** The admin routes of authz for the Auth Service. Every refusal becomes a `CommandFailure` with the reason it gave. */
export class AuthServiceAdmin {
  constructor(
    private readonly url: string,
    private readonly dispatcher: Dispatcher,
  ) {}

  clients(): Promise<ShownClient[]> {
    return this.pages<ShownClient>('clients');
  }

  /** Undefined when there is none of this id. */
  async client(id: string): Promise<ShownClient | undefined> {
    const answer = await this.send<ShownClient>('GET', clientPath(id));
    return answer.status === 404 ? undefined : this.accepted(`The client ${id} was not read`, answer);
  }

  async putClient({ client_id: id, ...registration }: ClientRegistration): Promise<ShownClient> {
    const answer = await this.send<ShownClient>('PUT', clientPath(id), registration);
    return this.accepted(`The client ${id} was not registered`, answer);
  }

  async changeClient(id: string, change: Omit<ClientRegistration, 'client_id'>): Promise<ShownClient> {
    return this.accepted(`The client ${id} was not changed`, await this.send('PATCH', clientPath(id), change));
  }

  async removeClient(id: string): Promise<void> {
    this.accepted(`The client ${id} was not removed`, await this.send('DELETE', clientPath(id)));
  }

  endpoints(): Promise<ShownEndpoint[]> {
    return this.pages<ShownEndpoint>('endpoints');
  }

  async putEndpoint(registration: EndpointRegistration): Promise<ShownEndpoint> {
    const answer = await this.send<ShownEndpoint>('POST', 'endpoints', registration);
    return this.accepted(`The endpoint ${registration.url} was not registered`, answer);
  }

  async changeEndpoint(id: string, change: Partial<EndpointRegistration>): Promise<ShownEndpoint> {
    return this.accepted(`The endpoint ${id} was not changed`, await this.send('PATCH', `endpoints/${id}`, change));
  }

  async removeEndpoint(id: string): Promise<void> {
    this.accepted(`The endpoint ${id} was not removed`, await this.send('DELETE', `endpoints/${id}`));
  }

  private async pages<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let after: string | undefined = ''; after !== undefined;) {
      const query: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
      const answer = await this.send<{ items: T[]; next_after?: string }>('GET', `${path}?limit=200${query}`);
      const page: { items: T[]; next_after?: string } = this.accepted(`The ${path} were not listed`, answer);
      items.push(...page.items);
      after = page.next_after;
    }
    return items;
  }

  private send<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    return ask<T>(this.dispatcher, `${this.url}/admin/v1/auth-service/${path}`, { method, body });
  }

  private accepted<T>(failure: string, answer: Answer<T>): T {
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new CommandFailure(`${failure}: ${problemText(answer)}`);
  }
}

const clientPath = (id: string): string => `clients/${encodeURIComponent(id)}`;
