// What is used of oidc-provider, which has no types of its own.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface GrantModel {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }
  export interface InteractionModel {
    readonly uid: string;
    readonly exp: number;
    readonly returnTo: string;
    readonly params: Readonly<Record<string, unknown>>;
    result?: unknown;
    save(ttl: number): Promise<string>;
  }
  export class Provider {
    constructor(issuer: string, configuration: unknown);
    proxy: boolean;
    readonly Client: { readonly prototype: { compareClientSecret(actual: string): boolean } };
    readonly Grant: new (what: { accountId: string; clientId: string }) => GrantModel;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<InteractionModel>;
    on(event: 'server_error', listener: (context: unknown, error: unknown) => void): void;
  }
}
