// An app server that is told by requests of ours, as the gateway uses it for apps without a connection.

export interface WebhookMessage {
  /** Another one for each message; receivers may drop what they have seen. */
  readonly id: string;
  readonly atMs: number;
  /** JSON. */
  readonly body: string;
}

/**
 * Puts what `compose` gives on the wire before it returns. `compose` is asked only while the connection takes bytes; 'empty': it had
 * nothing to say, and may be asked again; 'closed': it was not asked, there is nobody any more.
 */
export type WebhookWrite = (compose: () => WebhookMessage | undefined) => 'written' | 'empty' | 'closed';

export interface WebhookRequest {
  readonly url: string;
  /** Signs what is sent. */
  readonly secret: Uint8Array;
  /**
   * Called when there is a connection that takes bytes; until then none was written. When it resolves and nothing was, the connection
   * is closed without a byte. Writes once at most, never rejects.
   */
  readonly say: (write: WebhookWrite) => Promise<void>;
}

export type WebhookResult =
  | { readonly outcome: 'taken' }
  /** Nothing was written. */
  | { readonly outcome: 'nothing' }
  /** The receiver wants no more, ever (410). */
  | { readonly outcome: 'gone' }
  /** It does not take what it is told. `reason` is for the log: no address, no content. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** It may take it later; `afterSeconds` when it said so. */
  | { readonly outcome: 'later'; readonly reason: string; readonly afterSeconds?: number };

export interface WebhookSender {
  /** One request, in bounded time, without following redirects. Never rejects. */
  send(request: WebhookRequest): Promise<WebhookResult>;
}
