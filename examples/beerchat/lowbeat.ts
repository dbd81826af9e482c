// All that BeerChat knows of Lowbeat: OAuth 2 to be let in, server-sent events to see who is there, one POST to ring.
// Nothing in this file is about beer; take it into an app of your own.

import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

/** One gateway that users of this app may have. Each person picks theirs. */
export interface GatewaySettings {
  /** Its public URL: the issuer of its tokens. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** `revoked`: it never comes back under this uid. */
export type PresenceState = 'online' | 'away' | 'offline' | 'revoked';

/** `held` and `delivered` look the same from here, and so do people who hide and people who sleep. */
export type RingResult = 'accepted' | 'revoked' | 'failed';

export interface LowbeatOptions extends GatewaySettings {
  /** Where users come back to, as it was registered. */
  readonly redirectUri: string;
  readonly onPresence: (uid: string, state: PresenceState) => void;
  readonly onWarning: (text: string) => void;
}

const answerMs = 10_000;
const longestWaitMs = 30_000;

export class Lowbeat {
  readonly #options: LowbeatOptions;
  readonly #stop = new AbortController();
  /** Of all who let this app see them: the first word may come before the code is traded and the uid has a face. */
  readonly #states = new Map<string, PresenceState>();

  constructor(options: LowbeatOptions) {
    this.#options = options;
  }

  get issuer(): string {
    return this.#options.issuer;
  }

  /** What the gateway said last. */
  stateOf(uid: string): PresenceState {
    return this.#states.get(uid) ?? 'offline';
  }

  /** Where to send a user; keep `verifier` in their session until they are back. */
  authorization(state: string): { readonly url: string; readonly verifier: string } {
    const { issuer, clientId, redirectUri } = this.#options;
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid presence presence.idle notify',
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    return { url: `${issuer}/oauth/authorize?${query.toString()}`, verifier };
  }

  /** The uid of whoever came back with `code`; rejects where the gateway does not give it. */
  async trade(code: string, verifier: string): Promise<string> {
    const { issuer, redirectUri } = this.#options;
    const answer = await fetch(`${issuer}/oauth/token`, {
      method: 'POST',
      headers: { authorization: this.#authorization() },
      body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }),
      signal: AbortSignal.timeout(answerMs),
    });
    const { id_token: idToken } = (await answer.json()) as { readonly id_token?: string };
    if (!answer.ok || idToken === undefined) throw new Error(`the gateway gave no token (status ${answer.status})`);
    // It came from the issuer itself over a connection that this side opened: its signature says nothing more (OpenID Connect Core 3.1.3.7).
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as { readonly sub?: unknown; readonly iss?: unknown };
    if (typeof claims.sub !== 'string' || claims.iss !== issuer) throw new Error('the token is of another issuer');
    return claims.sub;
  }

  async ring(uid: string, notification: object, collapse: string): Promise<RingResult> {
    const { issuer, onWarning } = this.#options;
    try {
      const answer = await fetch(`${issuer}/v1/notify/${uid}?${new URLSearchParams({ urgency: 'high', ttl: '86400', topic: collapse }).toString()}`, {
        method: 'POST',
        headers: { authorization: this.#authorization(), 'content-type': 'application/json' },
        body: JSON.stringify(notification),
        signal: AbortSignal.timeout(answerMs),
      });
      if (answer.status === 201) return 'accepted';
      if (answer.status === 410) return 'revoked';
      onWarning(`ringing was answered with status ${answer.status}`);
    } catch (error) {
      onWarning(`ringing failed: ${textOf(error)}`);
    }
    return 'failed';
  }

  /** Follows who is there until `close`. What the gateway said stays true until it says otherwise. */
  start(): void {
    void this.#follow();
  }

  close(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const { issuer, onWarning } = this.#options;
    const { signal } = this.#stop;
    let cursor: string | undefined;
    let waitMs = 0;
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${issuer}/v1/presence`, {
          headers: { authorization: this.#authorization(), accept: 'text/event-stream', ...(cursor !== undefined && { 'last-event-id': cursor }) },
          signal,
        });
        if (!answer.ok || answer.body === null) throw new Error(`status ${answer.status}`);
        waitMs = 0;
        for await (const event of eventsOf(answer.body)) {
          cursor = event.id ?? cursor;
          if (event.type === 'presence') this.#take(event.data);
        }
      } catch (error) {
        // Closed on purpose.
        if (error instanceof Error && error.name === 'AbortError') return;
        onWarning(`presence of ${issuer}: ${textOf(error)}`);
      }
      waitMs = Math.min(longestWaitMs, Math.max(250, waitMs * 2));
      await wait(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #take(data: string): void {
    const { uid, state } = JSON.parse(data) as { readonly uid: string; readonly state: PresenceState };
    if (state === 'revoked') this.#states.delete(uid);
    else this.#states.set(uid, state);
    this.#options.onPresence(uid, state);
  }

  #authorization(): string {
    const { clientId, clientSecret } = this.#options;
    return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  }
}

interface ServerEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: string;
}

/** Server-sent events as the HTML standard has them, as far as this server uses them. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(text.slice(0, end).split('\n').map((line) => [line.split(':', 1)[0] ?? '', line.replace(/^[^:]*: ?/, '')]));
      text = text.slice(end + 2);
      const data = fields.get('data');
      if (data !== undefined) yield { id: fields.get('id'), type: fields.get('event') ?? 'message', data };
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
