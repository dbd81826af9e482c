// What an operator does: users, their devices, apps, and the grants between them. The admin API and a command line
// that opened the store itself call the same methods. A store that fails rejects with StoreError.

import { encodeId, idBytes, idPrefixes, isId } from '../core/ids.js';
import type { AppId, DeviceId, Uid, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Clock } from '../ports/clock.js';
import type {
  AppChange,
  AppRecord,
  DeviceRecord,
  GrantChange,
  GrantRecord,
  ListRange,
  Scope,
  Store,
  UserChange,
  UserRecord,
} from '../ports/store.js';
import { checkName } from './names.js';
import { done, refused } from './outcome.js';
import type { Outcome, Refusal } from './outcome.js';
import { checkPage, range } from './pages.js';
import type {
  AddedApp,
  AddedDevice,
  AddedGrant,
  AddedUser,
  AppWebhook,
  ListedApp,
  ListedDevice,
  ListedGrant,
  ListedUser,
  Page,
  PageRequest,
} from './registry-answers.js';
import { parsePushSubscription } from './push-subscription.js';
import type { EndpointProblem, PushSubscriptionJson } from './push-subscription.js';
import { createSecret } from './secrets.js';
import type { RandomBytes } from './secrets.js';
import { WebhookSecrets, parseWebhook, webhookSecretText } from './webhook.js';

export type RegistryErrorCode =
  | 'bad-name'
  | 'bad-scopes'
  | 'bad-redirect-uri'
  | 'bad-range'
  | 'bad-push-subscription'
  | 'bad-webhook'
  | 'push-subscription-taken'
  | 'name-taken'
  | 'too-many-devices'
  | 'too-many-apps'
  | 'unknown-user'
  | 'unknown-device'
  | 'unknown-app'
  | 'unknown-grant';

type Answer<Value> = Outcome<Value, RegistryErrorCode>;

/** Every scope there is, in the order in which they are shown. */
export const scopes: readonly Scope[] = ['notify', 'presence', 'presence.idle'];

/** What must happen around a change so that it takes effect at once on what runs. */
export interface RegistryChanges {
  /** Runs `operation` so that nobody decides by what was known of the user (or of anybody) before it. */
  during<Value>(whose: UserId | 'everyone', operation: () => Promise<Value>): Promise<Value>;
  devicesRemoved(devices: readonly DeviceId[]): void;
  /** A device that a push service reaches. */
  pushDeviceAdded(device: DeviceRecord): Promise<void>;
  appRemoved(app: AppId): void;
  /** Where it is told of presence, or whether it may be: one that is deactivated gets nothing from now on, and what waits for it waits. */
  appChanged(app: AppRecord): void;
  grantAdded(grant: GrantRecord): Promise<void>;
  /** Their notifications, messages and outbox items are gone from the store. */
  grantsRevoked(grants: readonly GrantRecord[]): Promise<void>;
}

/** For a store that no gateway runs on. */
export const noChanges: RegistryChanges = {
  during: (_whose, operation) => operation(),
  devicesRemoved: () => undefined,
  // The gateway looks for them when it starts.
  pushDeviceAdded: () => Promise.resolve(),
  appRemoved: () => undefined,
  appChanged: () => undefined,
  grantAdded: () => Promise.resolve(),
  grantsRevoked: () => Promise.resolve(),
};

export interface RegistryOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly changes?: RegistryChanges;
  /** Why nothing is sent to an address; everything may be if absent. */
  readonly endpointProblem?: EndpointProblem;
}

export class Registry {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #randomBytes: RandomBytes;
  readonly #changes: RegistryChanges;
  readonly #endpointProblem: EndpointProblem | undefined;
  readonly #webhookSecrets: WebhookSecrets;

  constructor(options: RegistryOptions) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#randomBytes = options.randomBytes;
    this.#changes = options.changes ?? noChanges;
    this.#endpointProblem = options.endpointProblem;
    this.#webhookSecrets = new WebhookSecrets(options);
  }

  // --- users ------------------------------------------------------------------------------------

  /** `operator`: may do in the pages what the operator may. */
  async addUser(request: { readonly name: string; readonly operator?: boolean }): Promise<Answer<AddedUser>> {
    const name = checkName(request.name);
    if (!name.ok) return name;
    const id = this.#id(idPrefixes.user) as UserId;
    const operator = request.operator === true && { operator: true as const };
    const user: UserRecord = { id, name: name.value, createdAtMs: this.#clock.nowMs(), ...operator };
    if (!(await this.#store.addUser(user))) return nameTaken('user', name.value);
    return done({ id, name: name.value });
  }

  /** Why nobody new can have this name just now. */
  async userNameProblem(text: string): Promise<Refusal<'bad-name' | 'name-taken'> | undefined> {
    const name = checkName(text);
    if (!name.ok) return name.error;
    const user = await this.#store.userByName(name.value);
    return user && nameTaken('user', name.value).error;
  }

  /** By name or id. */
  async user(which: string): Promise<Answer<UserRecord>> {
    return this.#findUser(which);
  }

  async users(request: PageRequest = {}): Promise<Answer<Page<ListedUser>>> {
    return this.#page<UserRecord, ListedUser, UserId>(
      request,
      (range) => this.#store.users(range),
      ({ id, name, createdAtMs }) => ({ id, name, createdAtMs }),
      (user) => user.id,
    );
  }

  /** What the user says of themself; the zone must be one. */
  async changeUser(id: UserId, change: Pick<UserChange, 'manualStatus' | 'zone'>): Promise<Answer<{ readonly id: UserId }>> {
    const outcome = await this.#changes.during(id, () => this.#store.changeUser(id, change));
    return outcome === 'changed' ? done({ id }) : unknown('user', id);
  }

  /** `user` is a name or an id. */
  async removeUser(user: string): Promise<Answer<{ readonly id: UserId }>> {
    const found = await this.#findUser(user);
    if (!found.ok) return found;
    const { id } = found.value;
    return this.#changes.during(id, async () => {
      const devices = await this.#store.devicesOfUser(id);
      const grants = await this.#store.grantsOfUser(id);
      const removed = await this.#store.removeUser(id, this.#clock.nowMs());
      if (!removed) return unknown('user', user);
      this.#changes.devicesRemoved(devices.map((device) => device.id));
      await this.#changes.grantsRevoked(grants);
      return done({ id });
    });
  }

  // --- devices ----------------------------------------------------------------------------------

  /**
   * `user` is a name or an id; the device's name is for people and need not be unique. With `push`, what waits for the device
   * is sent on through the push service that its browser gave out.
   */
  async addDevice(request: {
    readonly user: string;
    readonly name?: string;
    readonly push?: PushSubscriptionJson;
  }): Promise<Answer<AddedDevice>> {
    const user = await this.#findUser(request.user);
    if (!user.ok) return user;
    const name = checkName(request.name ?? 'device');
    if (!name.ok) return name;
    const push = request.push && parsePushSubscription(request.push, this.#endpointProblem ?? (() => undefined));
    if (push?.ok === false) return push;
    const { secret, hash } = createSecret(this.#randomBytes);
    const device: DeviceRecord = {
      id: this.#id(idPrefixes.device) as DeviceId,
      user: user.value.id,
      name: name.value,
      tokenHash: hash,
      createdAtMs: this.#clock.nowMs(),
      minimumUrgency: 'very-low',
      ...(push && { push: push.value }),
    };
    const added = await this.#changes.during(device.user, () => this.#keepDevice(device, user.value));
    if (!added.ok) return added;
    if (push !== undefined) await this.#changes.pushDeviceAdded(device);
    return done({ id: device.id, token: secret, user: user.value.name, name: name.value });
  }

  async #keepDevice(device: DeviceRecord, user: UserRecord): Promise<Answer<undefined>> {
    const { push } = device;
    if (push !== undefined) {
      const others = await this.#store.devicesOfUser(user.id);
      const same = others.find((other) => other.push?.endpoint === push.endpoint);
      if (same !== undefined) {
        return refused('push-subscription-taken', `the push subscription is that of device ${same.id}; remove it there first`);
      }
    }
    switch (await this.#store.addDevice(device)) {
      case 'added':
        return done(undefined);
      case 'full':
        return tooManyDevices();
      case 'unknown-user':
        return unknown('user', user.name);
    }
  }

  /** Why the user cannot have one more device. */
  async deviceProblem(user: UserId): Promise<Refusal<'too-many-devices'> | undefined> {
    return (await this.#store.devicesOfUser(user)).length < limits.devicesPerUser ? undefined : tooManyDevices().error;
  }

  /** All devices, or those of one user (name or id). */
  async devices(request: PageRequest & { readonly user?: string } = {}): Promise<Answer<Page<ListedDevice>>> {
    if (request.user !== undefined) {
      const user = await this.#findUser(request.user);
      if (!user.ok) return user;
      const records = await this.#store.devicesOfUser(user.value.id);
      return done({ items: records.map((record) => listedDevice(record, user.value.name)) });
    }
    const names = new Map<UserId, string>();
    return this.#page<DeviceRecord, ListedDevice, DeviceId>(
      request,
      (range) => this.#store.devices(range),
      async (record) => listedDevice(record, await this.#userName(record.user, names)),
      (device) => device.id,
    );
  }

  async renameDevice(id: string, to: string): Promise<Answer<{ readonly id: DeviceId }>> {
    const name = checkName(to);
    if (!name.ok) return name;
    const record = isId(idPrefixes.device, id) ? await this.#store.device(id as DeviceId) : undefined;
    if (record === undefined) return unknown('device', id);
    const renamed = await this.#changes.during(record.user, () => this.#store.renameDevice(record.id, name.value));
    return renamed ? done({ id: record.id }) : unknown('device', id);
  }

  async removeDevice(id: string): Promise<Answer<{ readonly id: DeviceId }>> {
    const record = isId(idPrefixes.device, id) ? await this.#store.device(id as DeviceId) : undefined;
    if (record === undefined) return unknown('device', id);
    return this.#changes.during(record.user, async () => {
      if (!(await this.#store.removeDevice(record.id))) return unknown('device', id);
      this.#changes.devicesRemoved([record.id]);
      return done({ id: record.id });
    });
  }

  // --- apps -------------------------------------------------------------------------------------

  /** `owner` absent: it is the operator's. */
  async addApp(request: {
    readonly name: string;
    readonly redirectUris?: readonly string[] | undefined;
    readonly owner?: UserId;
  }): Promise<Answer<AddedApp>> {
    const name = checkName(request.name);
    if (!name.ok) return name;
    const { redirectUris = [], owner } = request;
    const wrong = redirectUrisProblem(redirectUris);
    if (wrong !== undefined) return wrong;
    const { secret, hash } = createSecret(this.#randomBytes);
    const id = this.#id(idPrefixes.app) as AppId;
    // Devices may have registered this name before the app was known: what they registered is now this app's.
    return this.#changes.during('everyone', async () => {
      if (owner !== undefined && (await this.appsOf(owner)).length >= limits.appsPerUser) {
        return refused('too-many-apps', `a user may register ${limits.appsPerUser} apps; remove one first`);
      }
      const added = await this.#store.addApp({
        id,
        name: name.value,
        secretHash: hash,
        createdAtMs: this.#clock.nowMs(),
        ...(redirectUris.length > 0 && { redirectUris }),
        ...(owner !== undefined && { owner }),
      });
      return added ? done({ id, secret, name: name.value }) : nameTaken('app', name.value);
    });
  }

  async apps(request: PageRequest = {}): Promise<Answer<Page<ListedApp>>> {
    return this.#page<AppRecord, ListedApp, AppId>(
      request,
      (range) => this.#store.apps(range),
      ({ id, name, createdAtMs, domain, webhook, deactivated }) => ({
        id, name, createdAtMs, ...(domain !== undefined && { domain }), ...(webhook !== undefined && { webhook }), ...(deactivated === true && { deactivated }),
      }),
      (app) => app.id,
    );
  }

  /** Those that a user has registered; reads all there are, for few ask. */
  async appsOf(owner: UserId): Promise<readonly AppRecord[]> {
    const own: AppRecord[] = [];
    for (let after: AppId | undefined; ;) {
      const page = await this.#store.apps({ limit: limits.pageItems, ...(after !== undefined && { after }) });
      own.push(...page.filter((app) => app.owner === owner));
      after = page.at(-1)?.id;
      if (page.length < limits.pageItems) return own;
    }
  }

  /** By id or name. */
  async app(which: string): Promise<Answer<AppRecord>> {
    return this.#findApp(which);
  }

  /** `app` is an id or a name. One that is deactivated is disconnected and not let in. */
  async changeApp(app: string, change: Pick<AppChange, 'redirectUris' | 'domain' | 'deactivated'>): Promise<Answer<AppRecord>> {
    const found = await this.#findApp(app);
    if (!found.ok) return found;
    const wrong = redirectUrisProblem(change.redirectUris ?? []);
    if (wrong !== undefined) return wrong;
    const changed = await this.#changeApp(found.value.id, change);
    return changed === undefined ? unknown('app', app) : done(changed);
  }

  /** Where the app (an id or a name) is told of presence; null: nowhere. The same again makes it begin anew. */
  async setWebhook({ app, webhook }: { readonly app: string; readonly webhook: string | null }): Promise<Answer<AppWebhook>> {
    const url = webhook === null ? done(null) : parseWebhook(webhook, this.#endpointProblem);
    if (!url.ok) return url;
    const found = await this.#findApp(app);
    if (!found.ok) return found;
    const { id, name } = found.value;
    const secret = url.value === null ? undefined : await this.#webhookSecrets.of(id, url.value);
    const changed = await this.#changeApp(id, { webhook: url.value });
    if (changed === undefined) return unknown('app', app);
    return done({ id, name, webhook: url.value, ...(secret && { webhookSecret: webhookSecretText(secret) }) });
  }

  /** The receiver of the app's webhook wants no more of it; another that was set meanwhile stays. */
  async endWebhook({ app, url }: { readonly app: AppId; readonly url: string }): Promise<void> {
    await this.#changeApp(app, { webhook: null }, (before) => before.webhook === url);
  }

  /** The app as it stands now; undefined: there is none, or not one of which this is `wanted`. */
  async #changeApp(id: AppId, change: AppChange, wanted?: (before: AppRecord) => boolean): Promise<AppRecord | undefined> {
    return this.#changes.during('everyone', async () => {
      if (wanted !== undefined) {
        const before = await this.#store.app(id);
        if (before === undefined || !wanted(before)) return undefined;
      }
      const changed = await this.#store.changeApp(id, change);
      const runs = change.webhook !== undefined || change.deactivated !== undefined;
      if (changed !== undefined && runs) this.#changes.appChanged(changed);
      return changed;
    });
  }

  /** `app` is an id or a name. Its grants are revoked. */
  async removeApp(app: string): Promise<Answer<{ readonly id: AppId }>> {
    const found = await this.#findApp(app);
    if (!found.ok) return found;
    const { id } = found.value;
    return this.#changes.during('everyone', async () => {
      const grants = await this.#grantsOfApp(id);
      if (!(await this.#store.removeApp(id, this.#clock.nowMs()))) return unknown('app', app);
      this.#changes.appRemoved(id);
      await this.#changes.grantsRevoked(grants);
      return done({ id });
    });
  }

  // --- grants -----------------------------------------------------------------------------------

  /** `user` and `app` are names or ids. A second grant for the same two changes the scopes and keeps the uid. */
  async addGrant(request: {
    readonly user: string;
    readonly app: string;
    readonly scopes: readonly string[];
    /** When the app may see and ring, from the first moment on; the schedule must be well. Absent: as it was, or always. */
    readonly times?: Pick<GrantRecord, 'schedule' | 'followsPhone' | 'outside'>;
  }): Promise<Answer<AddedGrant>> {
    const wanted = checkScopes(request.scopes);
    if (!wanted.ok) return wanted;
    const user = await this.#findUser(request.user);
    if (!user.ok) return user;
    const app = await this.#findApp(request.app);
    if (!app.ok) return app;
    return this.#changes.during(user.value.id, async () => {
      const grant = await this.#store.putGrant({
        uid: this.#id(idPrefixes.uid) as Uid,
        user: user.value.id,
        app: app.value.id,
        scopes: wanted.value,
        paused: false,
        createdAtMs: this.#clock.nowMs(),
        ...request.times,
      });
      if (grant === undefined) return unknown('user', request.user);
      await this.#changes.grantAdded(grant);
      return done({ uid: grant.uid, user: user.value.name, app: app.value.id, scopes: grant.scopes });
    });
  }

  /** What the user decides of an app, from the moment this resolves; the schedule must be well. */
  async changeGrant(uid: Uid, change: GrantChange): Promise<Answer<GrantRecord>> {
    const found = await this.grant(uid);
    if (!found.ok) return found;
    return this.#changes.during(found.value.user, async () => {
      const changed = await this.#store.changeGrant(uid, change);
      return changed === undefined ? unknown('grant', uid) : done(changed);
    });
  }

  /** The active grants of one user, of one app (each by name or id), of both, or all. */
  async grants(
    request: PageRequest & { readonly user?: string; readonly app?: string } = {},
  ): Promise<Answer<Page<ListedGrant>>> {
    const users = new Map<UserId, string>();
    const apps = new Map<AppId, string>();
    const listed = async (grant: GrantRecord): Promise<ListedGrant> => ({
      uid: grant.uid,
      user: await this.#userName(grant.user, users),
      app: await this.#appName(grant.app, apps),
      scopes: grant.scopes,
      paused: grant.paused,
      createdAtMs: grant.createdAtMs,
    });
    if (request.user !== undefined) {
      const user = await this.#findUser(request.user);
      if (!user.ok) return user;
      const app = request.app === undefined ? undefined : await this.#findApp(request.app);
      if (app !== undefined && !app.ok) return app;
      const records = await this.#store.grantsOfUser(user.value.id);
      const chosen = records.filter((grant) => app === undefined || grant.app === app.value.id);
      return done({ items: await Promise.all(chosen.map(listed)) });
    }
    if (request.app === undefined) return this.#allGrants(request, listed);
    const app = await this.#findApp(request.app);
    if (!app.ok) return app;
    return this.#page<GrantRecord, ListedGrant, Uid>(
      request,
      (range) => this.#store.grantsOfApp(app.value.id, range),
      listed,
      (grant) => grant.uid,
    );
  }

  /** The grant of a uid, active or revoked. */
  async grant(uid: string): Promise<Answer<GrantRecord>> {
    const grant = isId(idPrefixes.uid, uid) ? await this.#store.grant(uid as Uid) : undefined;
    return grant === undefined ? unknown('grant', uid) : done(grant);
  }

  /** Revokes it: once this resolves, nothing more goes to the app under this uid, nor comes from it. */
  async removeGrant(uid: string): Promise<Answer<{ readonly uid: Uid }>> {
    const found = await this.grant(uid);
    if (!found.ok) return found;
    const grant = found.value;
    return this.#changes.during(grant.user, async () => {
      if (!(await this.#store.revokeGrant(grant.uid, this.#clock.nowMs()))) {
        return refused('unknown-grant', `${grant.uid} is revoked already`);
      }
      await this.#changes.grantsRevoked([grant]);
      return done({ uid: grant.uid });
    });
  }

  // --- how things are found -----------------------------------------------------------------------

  #id(prefix: string): string {
    return encodeId(prefix, this.#randomBytes(idBytes));
  }

  async #findUser(user: string): Promise<Answer<UserRecord>> {
    const name = checkName(user);
    let found: UserRecord | undefined;
    if (isId(idPrefixes.user, user)) found = await this.#store.user(user as UserId);
    else if (name.ok) found = await this.#store.userByName(name.value);
    return found === undefined ? unknown('user', user) : done(found);
  }

  async #findApp(app: string): Promise<Answer<AppRecord>> {
    const name = checkName(app);
    let found: AppRecord | undefined;
    if (isId(idPrefixes.app, app)) found = await this.#store.app(app as AppId);
    else if (name.ok) found = await this.#store.appByName(name.value);
    return found === undefined ? unknown('app', app) : done(found);
  }

  async #userName(id: UserId, known: Map<UserId, string>): Promise<string> {
    const name = known.get(id) ?? (await this.#store.user(id))?.name ?? id;
    known.set(id, name);
    return name;
  }

  async #appName(id: AppId, known: Map<AppId, string>): Promise<string> {
    const name = known.get(id) ?? (await this.#store.app(id))?.name ?? id;
    known.set(id, name);
    return name;
  }

  async #grantsOfApp(app: AppId): Promise<readonly GrantRecord[]> {
    const grants: GrantRecord[] = [];
    let after: Uid | undefined;
    for (;;) {
      const limit = limits.pageItems;
      const page = await this.#store.grantsOfApp(app, range(after, limit));
      grants.push(...page);
      after = page.at(-1)?.uid;
      if (page.length < limit || after === undefined) return grants;
    }
  }

  /** Goes from app to app; its cursor is the last grant's app and uid, `app_…:uid_…`. */
  async #allGrants(
    request: PageRequest,
    listed: (grant: GrantRecord) => Promise<ListedGrant>,
  ): Promise<Answer<Page<ListedGrant>>> {
    const checked = checkPage(request);
    if (!checked.ok) return checked;
    const { limit } = checked.value;
    const items: ListedGrant[] = [];
    let [app, after] = (checked.value.after?.split(':') ?? []) as [AppId?, Uid?];
    for (;;) {
      if (app !== undefined) {
        const left = limit - items.length;
        const page = await this.#store.grantsOfApp(app, range(after, left));
        for (const grant of page) items.push(await listed(grant));
        const last = page.at(-1);
        if (page.length === left && last !== undefined) return done({ items, next: `${app}:${last.uid}` });
      }
      app = (await this.#store.apps(range(app, 1)))[0]?.id;
      after = undefined;
      if (app === undefined) return done({ items });
    }
  }

  async #page<Kept extends object, Item, Id extends string>(
    request: PageRequest,
    read: (range: ListRange<Id>) => Promise<readonly Kept[]>,
    listed: (record: Kept) => Item | Promise<Item>,
    idOf: (record: Kept) => Id,
  ): Promise<Answer<Page<Item>>> {
    const checked = checkPage(request);
    if (!checked.ok) return checked;
    const { after, limit } = checked.value;
    const records = await read(range(after as Id | undefined, limit));
    const items: Item[] = [];
    for (const record of records) items.push(await listed(record));
    const last = records.at(-1);
    const more = records.length === limit && last !== undefined;
    return done(more ? { items, next: idOf(last) } : { items });
  }
}

function listedDevice(record: DeviceRecord, user: string): ListedDevice {
  const { id, name, minimumUrgency, createdAtMs, push } = record;
  return { id, user, name, minimumUrgency, createdAtMs, push: push !== undefined };
}

function checkScopes(wanted: readonly string[]): Outcome<readonly Scope[], 'bad-scopes'> {
  const strange = wanted.find((scope) => !scopes.some((known) => known === scope));
  if (strange !== undefined || wanted.length === 0) {
    const what = strange === undefined ? 'no scope was given' : `unknown scope ${JSON.stringify(strange.slice(0, 32))}`;
    return refused('bad-scopes', `${what}; choose from ${scopes.join(', ')}`);
  }
  return done(scopes.filter((scope) => wanted.includes(scope)));
}

type Kind = 'user' | 'device' | 'app' | 'grant';

function unknown(kind: Kind, which: string): { readonly ok: false; readonly error: Refusal<`unknown-${Kind}`> } {
  return refused(`unknown-${kind}`, `there is no ${kind} ${JSON.stringify(which.slice(0, 80))}`);
}

function nameTaken(
  kind: Kind,
  name: string,
): { readonly ok: false; readonly error: Refusal<'name-taken'> } {
  return refused('name-taken', `there is already a ${kind} named ${JSON.stringify(name)}; choose another name`);
}

function tooManyDevices(): { readonly ok: false; readonly error: Refusal<'too-many-devices'> } {
  return refused('too-many-devices', `the user has ${limits.devicesPerUser} devices, which is the most; remove one first`);
}

function redirectUrisProblem(uris: readonly string[]): { readonly ok: false; readonly error: Refusal<'bad-redirect-uri'> } | undefined {
  if (uris.length <= limits.redirectUrisPerApp && uris.every(isRedirectUri)) return undefined;
  return refused('bad-redirect-uri', `at most ${limits.redirectUrisPerApp} URLs with https, or http to this machine, without a fragment`);
}

/** RFC 9700 §2.1: a code goes over TLS, or stays on the machine. */
function isRedirectUri(uri: string): boolean {
  if (uri.length > limits.urlCharacters || uri.includes('#') || !URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}
