// Who is signed in: a random token in a cookie, of which the store keeps the hash. The same cookie, before anybody signed in, ties a
// browser to its CSRF token.

import { timingSafeEqual } from 'node:crypto';

import type {} from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import { createSecret } from '../../gateway/secrets.js';
import type { RandomBytes } from '../../gateway/secrets.js';
import type { Clock } from '../../ports/clock.js';
import type { DocumentRecord, Store, UserRecord } from '../../ports/store.js';
import { hashedId } from '../hashed-id.js';
import type { Problem } from '../problem.js';
import type { Alone } from './alone.js';
import type { Sign } from './console-key.js';
import { isOver, readDocument, writtenDocument } from './documents.js';
import type { AccountDocuments } from './documents.js';

export interface SignedIn {
  readonly user: UserId;
  readonly name: string;
  readonly operator: boolean;
  /** Id of the session's document. */
  readonly session: string;
}

export interface SessionsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly sign: Sign;
  /** What is done with one user's sessions and credentials happens one after the other. */
  readonly alone: Alone<UserId>;
  /** Of the pages; undefined while it is not known yet. */
  readonly publicUrl: () => string | undefined;
}

const tokenPattern = /^[A-Za-z0-9_-]{43}$/;
const csrfHeader = 'x-csrf-token';

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #listeners: ((session: string) => void)[] = [];

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** `listener` is called with each session that was ended; one that ran out of time is not told. */
  onEnd(listener: (session: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Whose request it is; undefined: nobody's. Rejects with StoreError. */
  async of(request: FastifyRequest): Promise<SignedIn | undefined> {
    const token = this.tokenOf(request);
    return token === undefined ? undefined : this.byId(hashedId(token));
  }

  /** The same, of a session that was seen before. Rejects with StoreError. */
  async byId(session: string): Promise<SignedIn | undefined> {
    const found = await this.#found(session);
    if (found === undefined) return undefined;
    const { document, value, user } = found;
    if (this.#options.clock.nowMs() - value.usedAtMs >= limits.sessionRenewMs) await this.#renew(document, user.id);
    return { user: user.id, name: user.name, operator: user.operator === true, session };
  }

  /** What a page says to show that a request is its own. A browser without a cookie gets one. Rejects with StoreError. */
  async csrf(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    let token = this.tokenOf(request);
    if (token === undefined) {
      token = createSecret(this.#options.randomBytes).secret;
      this.#setCookie(reply, token);
    }
    return this.#csrfOf(token);
  }

  /** The problem of a request that may come from somebody else's page; undefined: it is one of ours. Rejects with StoreError. */
  async forgery(request: FastifyRequest): Promise<Problem | undefined> {
    if (!this.#isSameOrigin(request)) return forged('the request comes from a page of another origin');
    const token = this.tokenOf(request);
    const given = request.headers[csrfHeader];
    if (token === undefined || typeof given !== 'string') return forged(`send the cookie and "${csrfHeader}" that GET /console/v1/session gives`);
    const [wanted, found] = [Buffer.from(await this.#csrfOf(token)), Buffer.from(given)];
    if (wanted.length === found.length && timingSafeEqual(wanted, found)) return undefined;
    return forged(`"${csrfHeader}" is not that of this session: ask GET /console/v1/session again`);
  }

  /** Signs the user in with a new token; the CSRF token that goes with it. To be called while alone with the user. Rejects with StoreError. */
  async begin(reply: FastifyReply, user: UserId): Promise<string> {
    const { store, clock, randomBytes } = this.#options;
    const { secret } = createSecret(randomBytes);
    const nowMs = clock.nowMs();
    // The longest unused make room.
    const sessions = [...await store.documentsOf(user, 'session')].sort((a, b) => usedAtMs(a) - usedAtMs(b));
    for (const { id } of sessions.slice(0, Math.max(0, sessions.length + 1 - limits.sessionsPerUser))) await this.#remove(id);
    await store.putDocument(sessionDocument(hashedId(secret), user, { createdAtMs: nowMs, usedAtMs: nowMs }));
    this.#setCookie(reply, secret);
    return this.#csrfOf(secret);
  }

  /** Rejects with StoreError. */
  async end({ user, session }: SignedIn): Promise<void> {
    await this.#options.alone.run(user, () => this.#remove(session));
  }

  /** Ends all sessions of the user but one. To be called while alone with the user. Rejects with StoreError. */
  async endOthers(user: UserId, but: string | undefined): Promise<void> {
    for (const { id } of await this.#options.store.documentsOf(user, 'session')) if (id !== but) await this.#remove(id);
  }

  /** The token of the browser, whoever is signed in; undefined: it has none. */
  tokenOf(request: FastifyRequest): string | undefined {
    const token = request.cookies[this.#cookieName];
    return token !== undefined && tokenPattern.test(token) ? token : undefined;
  }

  clearCookie(reply: FastifyReply): void {
    void reply.setCookie(this.#cookieName, '', { ...this.#cookie, maxAge: 0 });
  }

  async #found(session: string): Promise<{
    readonly document: DocumentRecord;
    readonly value: AccountDocuments['session'];
    readonly user: UserRecord;
  } | undefined> {
    const { store, clock } = this.#options;
    const document = await store.document('session', session);
    const value = readDocument('session', document);
    if (document?.owner === undefined || value === undefined || isOver(document, clock.nowMs())) return undefined;
    const user = await store.user(document.owner);
    return user && { document, value, user };
  }

  async #renew({ id }: DocumentRecord, user: UserId): Promise<void> {
    const { store, clock, alone } = this.#options;
    await alone.run(user, async () => {
      // It may have been ended meanwhile, and must not come back.
      const value = readDocument('session', await store.document('session', id));
      if (value !== undefined) await store.putDocument(sessionDocument(id, user, { ...value, usedAtMs: clock.nowMs() }));
    });
  }

  async #remove(session: string): Promise<void> {
    await this.#options.store.removeDocument('session', session);
    for (const listener of this.#listeners) listener(session);
  }

  async #csrfOf(token: string): Promise<string> {
    return (await this.#options.sign('csrf', token)).toString('base64url');
  }

  /** What browsers say by themselves; who says nothing is no browser, and has no cookies of one. */
  #isSameOrigin({ headers }: FastifyRequest): boolean {
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
    const { origin } = headers;
    if (origin === undefined) return true;
    if (!URL.canParse(origin)) return false;
    const { host } = new URL(origin);
    return host === headers.host || host === new URL(this.#options.publicUrl() ?? 'http://localhost').host;
  }

  get #secure(): boolean {
    return this.#options.publicUrl()?.startsWith('https://') === true;
  }

  // RFC 6265bis §4.1.3.2: a browser takes this name from nobody but this host, over https.
  get #cookieName(): string {
    return this.#secure ? '__Host-lowbeat' : 'lowbeat';
  }

  get #cookie() {
    return { path: '/', httpOnly: true, secure: this.#secure, sameSite: 'lax' as const };
  }

  #setCookie(reply: FastifyReply, token: string): void {
    const maxAge = limits.sessionMs / 1000;
    void reply.setCookie(this.#cookieName, token, { ...this.#cookie, maxAge });
  }
}

function sessionDocument(id: string, owner: UserId, value: AccountDocuments['session']): DocumentRecord {
  const expiresAtMs = Math.min(value.createdAtMs + limits.sessionMs, value.usedAtMs + limits.sessionIdleMs);
  return { kind: 'session', id, owner, names: [], expiresAtMs, value: writtenDocument(value) };
}

function usedAtMs(document: DocumentRecord): number {
  return readDocument('session', document)?.usedAtMs ?? 0;
}

function forged(detail: string): Problem {
  return { status: 403, code: 'forged-request', detail };
}
