// A data folder with many users, written by the project's own store and codes before the gateway starts on it: over the admin API
// it would take minutes.

import { join } from 'node:path';

import { encodeId, idBytes, idPrefixes } from '../../src/core/ids.js';
import type { AppId, DeviceId, SubscriptionId, Uid, UserId } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import { createPrng } from '../../src/core/prng.js';
import { createSecret } from '../../src/gateway/secrets.js';
import type { RandomBytes } from '../../src/gateway/secrets.js';
import type { GrantRecord, Scope, Store } from '../../src/ports/store.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import type { AppCredential, Population } from './subject.js';

export interface WorldOptions {
  /** Each with one user, who has granted one of the apps. */
  readonly devices: number;
  readonly apps: number;
  readonly seed: number;
  readonly scopes?: readonly Scope[];
  /** Users are granted to the first so many apps only, in turns; all apps if absent. */
  readonly grantedApps?: number;
  /** When the app of a user may see her. */
  readonly times?: (index: number) => Pick<GrantRecord, 'schedule'>;
  /** Notifications that wait for each device. */
  readonly waiting?: number;
}

export interface World extends Population {
  /** Of each device's user, for her app. */
  readonly uids: readonly Uid[];
  readonly subscriptions: readonly SubscriptionId[];
}

const dayMs = 86_400_000;

/** Fills the data folder `data`. */
export async function writeWorld(data: string, options: WorldOptions): Promise<World> {
  const random = createPrng(options.seed);
  const randomBytes: RandomBytes = (count) => Uint8Array.from({ length: count }, () => Math.floor(random.next() * 256));
  const store = await openLevelStore({ folder: join(data, 'store') });
  try {
    return await fill(store, options, randomBytes);
  } finally {
    await store.close();
  }
}

async function fill(store: Store, options: WorldOptions, randomBytes: RandomBytes): Promise<World> {
  const nowMs = Date.now();
  const newId = (prefix: string): string => encodeId(prefix, randomBytes(idBytes));
  const apps: AppCredential[] = [];
  for (let index = 0; index < options.apps; index += 1) {
    const { secret, hash } = createSecret(randomBytes);
    const id = newId(idPrefixes.app) as AppId;
    await store.addApp({ id, name: `app-${index}`, secretHash: hash, createdAtMs: nowMs });
    apps.push({ id, secret });
  }
  const people = Array.from({ length: options.devices }, (_, index) => {
    const app = index % (options.grantedApps ?? options.apps);
    return {
      index, app,
      user: newId(idPrefixes.user) as UserId,
      device: newId(idPrefixes.device) as DeviceId,
      uid: newId(idPrefixes.uid) as Uid,
      subscription: newId(idPrefixes.subscription) as SubscriptionId,
      ...createSecret(randomBytes),
    };
  });
  const { scopes = ['notify', 'presence', 'presence.idle'], times, waiting = 0 } = options;
  await many(people, async ({ index, app, user, device, uid, subscription, hash }) => {
    const appId = apps[app]?.id as AppId;
    await store.addUser({ id: user, name: `user-${index}`, createdAtMs: nowMs });
    await store.addDevice({ id: device, user, name: 'device', tokenHash: hash, createdAtMs: nowMs, minimumUrgency: 'very-low' });
    await store.putGrant({ uid, user, app: appId, scopes, paused: false, createdAtMs: nowMs, ...times?.(index) });
    const added = await store.addSubscription({ id: subscription, device, app: appId, createdAtMs: nowMs });
    if (added === undefined || added === 'full') throw new Error(`no subscription on ${device}`);
    for (let number = 0; number < waiting; number += 1) {
      await store.accept({
        targets: [{ device, subscription, alias: added.alias }],
        urgency: 'normal', topic: '', acceptedAtMs: nowMs, expiresAtMs: nowMs + 7 * dayMs, data: randomBytes(64), grant: uid,
      });
    }
  });
  return {
    devices: people.map(({ device, secret }) => ({ id: device, token: secret })),
    apps,
    destinations: people.map(({ app, uid }) => ({ app, topic: `notify/${uid}` })),
    uids: people.map(({ uid }) => uid),
    subscriptions: people.map(({ subscription }) => subscription),
  };
}

/** As many at a time as fill the store's groups, and not more than it lets wait. */
async function many<Item>(items: readonly Item[], write: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const item of waiting) await write(item);
  };
  await Promise.all(Array.from({ length: 2 * limits.groupCommit }, work));
}
