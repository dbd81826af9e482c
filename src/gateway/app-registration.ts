// Apps that users register for themselves, and the proof that a web site belongs to an app: a key that only its owner can put there.

import { createHmac } from 'node:crypto';

import { idPrefixes, isId } from '../core/ids.js';
import type { AppId, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { AppRecord, Store } from '../ports/store.js';
import { keptKey } from './kept-key.js';
import { done, refused } from './outcome.js';
import type { Outcome } from './outcome.js';
import type { Registry, RegistryErrorCode } from './registry.js';
import type { AddedApp } from './registry-answers.js';
import type { RandomBytes } from './secrets.js';

/** Where the key is put: a line of its own. */
export const domainProofPath = '/.well-known/lowbeat-app';

/** What stands at that path of a domain; never rejects. `reason` names no address. */
export type ReadDomainProof = (domain: string) => Promise<{ readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string }>;

type OwnAppErrorCode = 'not-allowed-to-register' | 'bad-domain' | 'domain-unproven';
export type AppRegistrationErrorCode = RegistryErrorCode | OwnAppErrorCode;

type Answer<Value> = Outcome<Value, AppRegistrationErrorCode>;

/** An app as its owner sees it. */
export interface OwnApp {
  readonly id: AppId;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly domain?: string;
  /** The operator has switched it off. */
  readonly deactivated: boolean;
  readonly createdAtMs: number;
}

export interface AppRegistrationOptions {
  readonly registry: Registry;
  readonly store: Store;
  readonly randomBytes: RandomBytes;
  /** Whether anybody but the operator may register one. */
  readonly byUsers: boolean;
  /** Absent: no domain can be proven. */
  readonly readDomainProof?: ReadDomainProof;
}

/** Methods reject with StoreError. */
export class AppRegistration {
  readonly #options: AppRegistrationOptions;
  readonly #key: () => Promise<Uint8Array>;

  constructor(options: AppRegistrationOptions) {
    this.#options = options;
    this.#key = keptKey(options, 'domains');
  }

  get byUsers(): boolean {
    return this.#options.byUsers;
  }

  async ownApps(user: UserId): Promise<readonly OwnApp[]> {
    return (await this.#options.registry.appsOf(user)).map(ownApp);
  }

  async add(user: UserId, request: { readonly name: string; readonly redirectUris: readonly string[] }): Promise<Answer<AddedApp>> {
    if (!this.#options.byUsers) return refused('not-allowed-to-register', 'apps are registered by the operator of this gateway; ask them');
    return this.#options.registry.addApp({ ...request, owner: user });
  }

  async changeRedirectUris(user: UserId, id: string, redirectUris: readonly string[]): Promise<Answer<OwnApp>> {
    const own = await this.#own(user, id);
    if (!own.ok) return own;
    const changed = await this.#options.registry.changeApp(id, { redirectUris });
    return changed.ok ? done(ownApp(changed.value)) : changed;
  }

  async remove(user: UserId, id: string): Promise<Answer<{ readonly id: AppId }>> {
    const own = await this.#own(user, id);
    return own.ok ? this.#options.registry.removeApp(id) : own;
  }

  /** As `proveDomain`, for an app of the user's own. */
  async proveOwnDomain(user: UserId, id: string, domain: string): Promise<Answer<{ readonly domain: string }>> {
    const own = await this.#own(user, id);
    return own.ok ? this.proveDomain(own.value, domain) : own;
  }

  /** The domain is the app's once its key is found there; until then the refusal says which key goes where. */
  async proveDomain(app: AppRecord, text: string): Promise<Answer<{ readonly domain: string }>> {
    const { registry, readDomainProof } = this.#options;
    const domain = text.trim().toLowerCase();
    if (!isDomain(domain)) {
      return refused('bad-domain', `domain ${JSON.stringify(text.slice(0, 80))}: a name such as chat.example.org, of at most ${limits.domainCharacters} characters`);
    }
    const key = await this.#keyOf(app.id, domain);
    const found = await readDomainProof?.(domain) ?? { ok: false, reason: 'this gateway asks nobody' } as const;
    if (!found.ok || !found.text.split('\n').some((line) => line.trim() === key)) {
      const why = found.ok ? 'the key is not there' : found.reason;
      return refused('domain-unproven', `put a line with ${key} into https://${domain}${domainProofPath}, then ask again (${why})`);
    }
    const changed = await registry.changeApp(app.id, { domain });
    return changed.ok ? done({ domain }) : changed;
  }

  async #own(user: UserId, id: string): Promise<Answer<AppRecord>> {
    const app = isId(idPrefixes.app, id) ? await this.#options.store.app(id as AppId) : undefined;
    return app?.owner === user ? done(app) : refused('unknown-app', `you have no app ${JSON.stringify(id.slice(0, 80))}`);
  }

  /** The same for as long as the store is: nothing has to be kept of who asked. */
  async #keyOf(app: AppId, domain: string): Promise<string> {
    return `lowbeat-app-${createHmac('sha256', await this.#key()).update(`${app} ${domain}`).digest('base64url')}`;
  }
}

function ownApp({ id, name, redirectUris = [], domain, deactivated, createdAtMs }: AppRecord): OwnApp {
  return { id, name, redirectUris, ...(domain !== undefined && { domain }), deactivated: deactivated === true, createdAtMs };
}

/** A name in the public tree, as a URL writes it. */
function isDomain(text: string): boolean {
  if (text.length > limits.domainCharacters || !/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(text)) return false;
  return URL.canParse(`https://${text}`) && new URL(`https://${text}`).host === text;
}
