// What users may do about themselves: which apps see and reach them and when, their devices, what they say of themselves. All of it
// goes through the registry, so that it holds everywhere from the moment it is answered.

import type { AppId, DeviceId, Uid, UserId } from '../core/ids.js';
import type { DeviceKnown, ManualStatus, UserPresence, VisiblePresence } from '../core/presence/visible.js';
import { scheduleProblem, zoneProblem } from '../core/presence/windows.js';
import type { Schedule } from '../core/presence/windows.js';
import type { GrantChange, GrantRecord, Scope, Store, UserRecord } from '../ports/store.js';
import type { Directory, UserView } from './directory.js';
import type { LinkFacts } from './link-facts.js';
import { done, refused } from './outcome.js';
import type { Outcome } from './outcome.js';
import type { DevicePresences } from './presence/device-presences.js';
import type { Sight } from './presence/sight.js';
import type { Registry } from './registry.js';

/** An app as one of its users sees it. */
export interface AppOfUser {
  readonly uid: Uid;
  readonly app: AppId;
  readonly name: string;
  /** Proven to belong to the app. */
  readonly domain?: string;
  readonly scopes: readonly Scope[];
  readonly paused: boolean;
  readonly schedule?: Schedule;
  readonly followsPhone: boolean;
  readonly outside: 'hold' | 'drop';
  /** What the app sees at this moment. */
  readonly sees: VisiblePresence | 'unknown';
  /** Whether a window is open; true without windows. */
  readonly open: boolean;
  /** When that changes; absent: it does not by itself. */
  readonly untilMs?: number;
  readonly createdAtMs: number;
}

/** What is absent stays; `schedule: null`: always. */
export interface AppOfUserChange {
  readonly paused?: boolean;
  readonly schedule?: Schedule | null;
  readonly followsPhone?: boolean;
  readonly outside?: 'hold' | 'drop';
}

export interface DeviceOfUser {
  readonly id: DeviceId;
  readonly name: string;
  readonly state: DeviceKnown;
  /** A push service reaches it, too. */
  readonly push: boolean;
  readonly createdAtMs: number;
  /** Absent while it has no link. */
  readonly link?: LinkFacts;
}

export interface StatusOfUser {
  readonly status: ManualStatus;
  /** What the devices say together. */
  readonly presence: UserPresence;
  readonly zone?: string;
}

export type UserControlErrorCode = 'unknown-grant' | 'unknown-device' | 'unknown-user' | 'bad-schedule' | 'bad-zone' | 'bad-name' | 'too-many-devices';
type Answer<Value> = Outcome<Value, UserControlErrorCode>;

export interface UserControlOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly registry: Registry;
  readonly sight: Sight;
  readonly presences: DevicePresences;
  readonly factsOf: (device: DeviceId) => LinkFacts | undefined;
}

/** Rejects with StoreError throughout. */
export class UserControl {
  readonly #options: UserControlOptions;
  readonly #listeners = new Map<UserId, Set<() => void>>();

  constructor(options: UserControlOptions) {
    this.#options = options;
  }

  /** `listener` is called when something of what follows may have changed. The result takes that back. */
  onChange(user: UserId, listener: () => void): () => void {
    const listeners = this.#listeners.get(user) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(user, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(user) === listeners) this.#listeners.delete(user);
    };
  }

  /** For the gateway: something about the user changed. */
  changed(user: UserId): void {
    for (const listener of this.#listeners.get(user) ?? []) listener();
  }

  // --- apps -------------------------------------------------------------------------------------------

  async apps(user: UserId): Promise<readonly AppOfUser[]> {
    const view = await this.#options.directory.view(user);
    return Promise.all([...view.grants.values()].map((grant) => this.#describe(view, grant)));
  }

  async changeApp(user: UserId, uid: string, change: AppOfUserChange): Promise<Answer<AppOfUser>> {
    const { directory, registry } = this.#options;
    const grant = (await directory.view(user)).grants.get(uid as Uid);
    if (grant === undefined) return unknownGrant;
    const schedule = change.schedule === null ? undefined : change.schedule ?? grant.schedule;
    const problem = schedule && scheduleProblem(schedule);
    if (problem !== undefined) return refused('bad-schedule', problem);
    const changed = await registry.changeGrant(grant.uid, change satisfies GrantChange);
    if (!changed.ok) return unknownGrant;
    const view = await directory.view(user);
    const now = view.grants.get(grant.uid);
    return now === undefined ? unknownGrant : done(await this.#describe(view, now));
  }

  async revoke(user: UserId, uid: string): Promise<Answer<{ readonly uid: Uid }>> {
    const { store, registry } = this.#options;
    const grant = await store.grant(uid as Uid).catch(() => undefined);
    if (grant?.user !== user) return unknownGrant;
    // Twice is once (facts/presence B7).
    if (grant.revokedAtMs === undefined) await registry.removeGrant(grant.uid);
    return done({ uid: grant.uid });
  }

  // --- devices ----------------------------------------------------------------------------------------

  async devices(user: UserId): Promise<readonly DeviceOfUser[]> {
    const { store, presences, factsOf } = this.#options;
    const devices = await store.devicesOfUser(user);
    return devices.map(({ id, name, createdAtMs, push }) => {
      const link = factsOf(id);
      return { id, name, state: presences.of(id), push: push !== undefined, createdAtMs, ...(link && { link }) };
    });
  }

  async renameDevice(user: UserId, id: string, name: string): Promise<Answer<{ readonly id: DeviceId }>> {
    const own = await this.#own(user, id);
    if (!own) return unknownDevice;
    const renamed = await this.#options.registry.renameDevice(id, name);
    return renamed.ok || renamed.error.code !== 'bad-name' ? done({ id: id as DeviceId }) : refused('bad-name', renamed.error.message);
  }

  async removeDevice(user: UserId, id: string): Promise<Answer<{ readonly id: DeviceId }>> {
    if (!(await this.#own(user, id))) return unknownDevice;
    await this.#options.registry.removeDevice(id);
    return done({ id: id as DeviceId });
  }

  // --- status -----------------------------------------------------------------------------------------

  async status(user: UserId): Promise<StatusOfUser> {
    const { directory, sight } = this.#options;
    const view = await directory.view(user);
    return { status: view.manual, presence: sight.user(view), ...(view.zone !== undefined && { zone: view.zone }) };
  }

  async setStatus(user: UserId, { status, zone }: {
    readonly status?: ManualStatus;
    readonly zone?: string;
  }): Promise<Answer<StatusOfUser>> {
    const problem = zone === undefined ? undefined : zoneProblem(zone);
    if (problem !== undefined) return refused('bad-zone', problem);
    const change = { ...(status !== undefined && { manualStatus: status }), ...(zone !== undefined && { zone }) };
    const changed = await this.#options.registry.changeUser(user, change);
    return changed.ok ? done(await this.status(user)) : unknownUser;
  }

  async record(user: UserId): Promise<UserRecord | undefined> {
    return this.#options.store.user(user);
  }

  async #own(user: UserId, id: string): Promise<boolean> {
    return (await this.#options.directory.view(user)).devices.some((device) => device === id);
  }

  async #describe(view: UserView, grant: GrantRecord): Promise<AppOfUser> {
    const { directory, sight } = this.#options;
    const { uid, app: id, scopes, paused, followsPhone = false, outside = 'hold', createdAtMs } = grant;
    const app = await directory.app(id);
    const schedule = view.scheduleOf(grant);
    const { open, untilMs } = sight.stretch(view, grant);
    return {
      uid, app: id, name: app?.name ?? id, scopes, paused, followsPhone, outside, open, createdAtMs,
      sees: sight.of(view, grant) ?? 'unknown',
      ...(app?.domain !== undefined && { domain: app.domain }),
      ...(schedule !== undefined && { schedule }),
      ...(untilMs !== Infinity && { untilMs }),
    };
  }
}

const unknownGrant = refused('unknown-grant', 'you have allowed no such app');
const unknownDevice = refused('unknown-device', 'you have no such device');
const unknownUser = refused('unknown-user', 'there is no such user');
