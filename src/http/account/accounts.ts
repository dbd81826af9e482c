// Accounts: how somebody makes one, signs in, and changes how. What is done with one user's credentials and sessions happens one
// after the other, so that a credential that was taken away lets nobody in who was on the way.

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { Registry } from '../../gateway/registry.js';
import { done } from '../../gateway/outcome.js';
import type { RandomBytes } from '../../gateway/secrets.js';
import type { Clock } from '../../ports/clock.js';
import type { Store, UserRecord } from '../../ports/store.js';
import { hashedId } from '../hashed-id.js';
import { refuse, registryProblem } from '../problem.js';
import type { Answer, Problem } from '../problem.js';
import { Alone } from './alone.js';
import { consoleSign } from './console-key.js';
import { Credentials } from './credentials.js';
import type { AccountDocuments } from './documents.js';
import { Invitations } from './invitations.js';
import type { Invitation } from './invitations.js';
import { KnownBrowsers } from './known-browsers.js';
import { Passkeys } from './passkeys.js';
import type { PasskeyJson, PasskeyPlace } from './passkeys.js';
import { Passwords } from './passwords.js';
import { Sessions } from './sessions.js';
import type { SignedIn } from './sessions.js';
import { SignInLimits } from './sign-in-limits.js';

export interface AccountsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly registry: Registry;
  /** Of the pages, without a slash at its end; undefined while it is not known yet. */
  readonly publicUrl: () => string | undefined;
}

/** How somebody will sign in: with one of them. */
export interface NewCredential {
  readonly password?: string;
  readonly passkey?: PasskeyJson;
}

export interface Entered {
  readonly user: { readonly id: UserId; readonly name: string; readonly operator: boolean };
  /** Of the new session. */
  readonly csrf: string;
}

type ReadyCredential = { readonly hash: string } | { readonly passkey: AccountDocuments['passkey'] };

/** Rejects with StoreError throughout, and with TooManyWaitError where a password is checked or made. */
export class Accounts {
  readonly sessions: Sessions;
  readonly passkeys: Passkeys;
  readonly credentials: Credentials;
  readonly invitations: Invitations;
  readonly limits = new SignInLimits();
  readonly #options: AccountsOptions;
  readonly #alone = new Alone<UserId>();
  readonly #browsers: KnownBrowsers;
  readonly #passwords = new Passwords();

  constructor(options: AccountsOptions) {
    this.#options = options;
    const sign = consoleSign(options);
    this.sessions = new Sessions({ ...options, sign, alone: this.#alone });
    this.passkeys = new Passkeys({ ...options, sign });
    this.credentials = new Credentials(options);
    this.invitations = new Invitations(options);
    this.#browsers = new KnownBrowsers({ ...options, sign });
  }

  /** Empty while it is not known. */
  get publicUrl(): string {
    return this.#options.publicUrl() ?? '';
  }

  /** Where passkeys are asked for, if browsers know any there. */
  passkeyPlace(request: FastifyRequest): Answer<PasskeyPlace> {
    const { site } = this.passkeys;
    const token = this.sessions.tokenOf(request);
    return site === undefined || token === undefined ? refuse(noPasskeys) : done({ site, token });
  }

  // --- signing in -------------------------------------------------------------------------------------

  async signInByPassword(request: FastifyRequest, reply: FastifyReply, given: {
    readonly name: string;
    readonly password: string;
  }): Promise<Answer<Entered>> {
    const { store, clock } = this.#options;
    const name = given.name.normalize();
    const attempt = { name, address: request.ip, browser: await this.#browsers.knownAs(request, name) };
    const tooOften = this.limits.attempt(attempt, clock.nowMs());
    if (tooOften !== undefined) return refuse(tooOften);
    const user = name.length > limits.nameCharacters ? undefined : await store.userByName(name);
    const hash = user && await this.credentials.passwordHash(user.id);
    const right = await this.#passwords.matches(given.password, hash, request.ip);
    if (!right || user === undefined) return refuse(wrongPassword);
    this.limits.succeeded(attempt);
    return this.#enter(request, reply, user, async () => await this.credentials.passwordHash(user.id) === hash);
  }

  async signInByPasskey(request: FastifyRequest, reply: FastifyReply, response: PasskeyJson): Promise<Answer<Entered>> {
    const { clock, store } = this.#options;
    const tooOften = this.limits.fromAddress(request.ip, clock.nowMs());
    if (tooOften !== undefined) return refuse(tooOften);
    const place = this.passkeyPlace(request);
    if (!place.ok) return place;
    const credential = typeof response['id'] === 'string' ? response['id'] : '';
    const owner = await this.credentials.passkey(credential);
    const user = owner && await store.user(owner.user);
    if (owner === undefined || user === undefined) return refuse(wrongPasskey);
    return this.#enter(request, reply, user, async () => {
      // As it is now: its counter must have grown since the last time, and it may be gone.
      const passkey = (await this.credentials.passkeys(user.id)).get(hashedId(credential));
      const proven = passkey && await this.passkeys.proven(place.value, { response, passkey });
      if (proven === undefined) return false;
      await this.credentials.putPasskey(user.id, proven);
      return true;
    });
  }

  // --- making an account --------------------------------------------------------------------------------

  /** Of one that is there, with the account's name. */
  async invitation(token: string): Promise<Answer<Invitation & { readonly name?: string }>> {
    const invitation = await this.invitations.look(token);
    if (invitation === undefined) return refuse(badInvitation);
    const user = invitation.user && await this.#options.store.user(invitation.user);
    if (invitation.user !== undefined && user === undefined) return refuse(badInvitation);
    return done({ ...invitation, ...(user && { name: user.name }) });
  }

  async signUp(request: FastifyRequest, reply: FastifyReply, given: NewCredential & {
    readonly token: string;
    /** Passed over where the account is there. */
    readonly name: string;
  }): Promise<Answer<Entered>> {
    const { registry, store, clock } = this.#options;
    const tooOften = this.limits.fromAddress(request.ip, clock.nowMs());
    if (tooOften !== undefined) return refuse(tooOften);
    const found = await this.invitation(given.token);
    if (!found.ok) return found;
    const invitation = found.value;
    const credential = await this.#ready(request, given);
    if (!credential.ok) return credential;
    if (invitation.user === undefined) {
      const problem = await registry.userNameProblem(given.name);
      if (problem !== undefined) return refuse(registryProblem(problem));
    }
    // From here on it is used up, whatever happens: a second one that tries at the same time gets nothing.
    if (!(await this.invitations.take(given.token))) return refuse(badInvitation);
    const { operator } = invitation;
    const added = invitation.user === undefined ? await registry.addUser({ name: given.name, operator }) : undefined;
    if (added?.ok === false) return refuse(registryProblem(added.error));
    const id = added?.value.id ?? invitation.user;
    const user = id && await store.user(id);
    if (user === undefined) return refuse(badInvitation);
    const kept = await this.#alone.run(user.id, async () => {
      const problem = await this.#keep(user.id, credential.value);
      // Whoever needed a way back in may have lost more than a password.
      if (problem === undefined) await this.sessions.endOthers(user.id, undefined);
      return problem;
    });
    if (kept !== undefined) return refuse(kept);
    if (operator) await this.invitations.noMoreFirst();
    return this.#enter(request, reply, user, () => Promise.resolve(true));
  }

  // --- changing how ---------------------------------------------------------------------------------------

  /** All other sessions of the user end with it. */
  async setPassword(signedIn: SignedIn, given: { readonly current?: string; readonly password: string }, from: string): Promise<Answer<undefined>> {
    const { user, session } = signedIn;
    const known = await this.credentials.passwordHash(user);
    if (known !== undefined) {
      // A session that somebody took must not be a way to guess; by session, so that the owner's own is not held up.
      const attempt = { name: '', address: from, browser: `session ${session}` };
      const tooOften = this.limits.attempt(attempt, this.#options.clock.nowMs());
      if (tooOften !== undefined) return refuse(tooOften);
      const right = await this.#passwords.matches(given.current ?? '', known, from);
      if (!right) return refuse({ ...wrongPassword, status: 403, detail: 'current: not the password that is set' });
      this.limits.succeeded(attempt);
    }
    const problem = passwordProblem(given.password);
    if (problem !== undefined) return refuse(problem);
    const hash = await this.#passwords.hashOf(given.password, from);
    return this.#alone.run(user, async () => {
      if (await this.credentials.passwordHash(user) !== known) return refuse({ ...wrongPassword, status: 403, detail: 'the password was changed meanwhile' });
      await this.credentials.setPassword(user, hash, this.#options.clock.nowMs());
      await this.sessions.endOthers(user, session);
      return done(undefined);
    });
  }

  async addPasskey(request: FastifyRequest, { user }: SignedIn, given: { readonly response: PasskeyJson; readonly name: string }): Promise<Answer<undefined>> {
    const credential = await this.#ready(request, { passkey: given.response }, given.name);
    if (!credential.ok) return credential;
    const problem = await this.#alone.run(user, () => this.#keep(user, credential.value));
    return problem === undefined ? done(undefined) : refuse(problem);
  }

  /** All sessions of the user but this one end with it: whoever has the key may be in one of them. */
  async removePasskey({ user, session }: SignedIn, id: string): Promise<Answer<undefined>> {
    return this.#alone.run(user, async () => {
      const passkeys = await this.credentials.passkeys(user);
      if (!passkeys.has(id)) return refuse(unknownPasskey);
      if (passkeys.size === 1 && await this.credentials.passwordHash(user) === undefined) return refuse(lastCredential);
      await this.credentials.removePasskey(id);
      await this.sessions.endOthers(user, session);
      return done(undefined);
    });
  }

  // --- inside -------------------------------------------------------------------------------------------

  /** `holds` is asked while nothing of the user's credentials changes. */
  async #enter(request: FastifyRequest, reply: FastifyReply, user: UserRecord, holds: () => Promise<boolean>): Promise<Answer<Entered>> {
    const before = await this.sessions.of(request);
    // In one turn: a credential that is taken away right after it was looked at ends the session that it began.
    const csrf = await this.#alone.run(user.id, async () => (await holds() ? this.sessions.begin(reply, user.id) : undefined));
    if (csrf === undefined) return refuse(wrongCredential);
    // Who was signed in in this browser is not any more.
    if (before !== undefined) await this.sessions.end(before);
    await this.#browsers.remember(reply, user.name);
    return done({ user: { id: user.id, name: user.name, operator: user.operator === true }, csrf });
  }

  async #ready(request: FastifyRequest, { password, passkey }: NewCredential, name = 'passkey'): Promise<Answer<ReadyCredential>> {
    if (passkey !== undefined) {
      const place = this.passkeyPlace(request);
      if (!place.ok) return place;
      const created = await this.passkeys.created(place.value, { response: passkey, name });
      return created === undefined ? refuse(badPasskey) : done({ passkey: created });
    }
    const problem = passwordProblem(password ?? '');
    if (problem !== undefined) return refuse(problem);
    return done({ hash: await this.#passwords.hashOf(password ?? '', request.ip) });
  }

  async #keep(user: UserId, credential: ReadyCredential): Promise<Problem | undefined> {
    if ('hash' in credential) {
      await this.credentials.setPassword(user, credential.hash, this.#options.clock.nowMs());
      return undefined;
    }
    switch (await this.credentials.addPasskey(user, credential.passkey)) {
      case 'added': return undefined;
      case 'full': return tooManyPasskeys;
      case 'taken': return badPasskey;
    }
  }
}

function passwordProblem(password: string): Problem | undefined {
  const characters = Array.from(password).length;
  if (characters >= limits.passwordLeastCharacters && password.length <= limits.passwordCharacters) return undefined;
  const { passwordLeastCharacters: least, passwordCharacters: most } = limits;
  return { status: 400, code: 'bad-password', detail: `password: ${least} to ${most} characters, whichever they are, not ${characters}` };
}

// One word for a name that is not there and a password that is wrong.
const wrongPassword: Problem = { status: 401, code: 'wrong-credentials', detail: 'there is no account with this name and password' };
const wrongCredential: Problem = { ...wrongPassword, detail: 'what was given opens no account here' };
const wrongPasskey: Problem = { status: 401, code: 'wrong-credentials', detail: 'this passkey opens no account here' };
const noPasskeys: Problem = {
  status: 409, code: 'passkeys-unavailable', detail: 'passkeys need https and a name (or localhost) in --public-url; ask GET /console/v1/session first',
};
const badPasskey: Problem = { status: 400, code: 'bad-passkey', detail: 'what the authenticator answered does not hold: ask for new options, and try again' };
const tooManyPasskeys: Problem = {
  status: 409, code: 'too-many-passkeys', detail: `an account has ${limits.passkeysPerUser} passkeys at most; remove one first`,
};
const unknownPasskey: Problem = { status: 404, code: 'not-found', detail: 'you have no such passkey' };
const lastCredential: Problem = { status: 409, code: 'last-credential', detail: 'without this passkey nobody could sign in: set a password or add a passkey first' };
const badInvitation: Problem = { status: 410, code: 'bad-invitation', detail: 'this link was used, has ended, or never was; ask for another' };
