// What users decide and apps register: every field, changed alone, and the list of all active grants.

import type { Test } from 'tap';
import type { AppId, Uid, UserId } from '../../../src/core/ids.js';
import { limits } from '../../../src/core/limits.js';
import type { Schedule } from '../../../src/core/presence/windows.js';
import type { AppChange, AppRecord, GrantChange, GrantRecord, UserChange, UserRecord } from '../../../src/ports/store.js';
import { app, exported, exportedKeys, grant, hostileTexts, household, now, streamed, user } from './fixtures.js';
import type { StoreAdapter } from './fixtures.js';
import { bytes } from './registry.js';

const evenings: Schedule = {
  zone: 'Europe/Oslo',
  windows: [{ days: [1, 2, 3, 4, 5], startMinute: 1_080, endMinute: 1_380 }, { days: [7], startMinute: 0, endMinute: 1_440 }],
};
const longest: Schedule = {
  zone: 'Z'.repeat(limits.zoneCharacters),
  windows: Array.from({ length: limits.windowsPerGrant }, () => ({ days: [7, 6, 5, 4, 3, 2, 1], startMinute: 1_439, endMinute: 1 })),
};
const url = (characters: number): string => 'https://app.example/'.padEnd(characters, 'x');

export async function changeConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await userConformance(t, adapter);
  await appConformance(t, adapter);
  await choiceConformance(t, adapter);
  await listConformance(t, adapter);
}

/** `record` with these fields, and without that one. */
function after<Kept extends object>(record: Kept, changed: Partial<Kept>, gone: keyof Kept | undefined): Kept {
  return Object.fromEntries(Object.entries({ ...record, ...changed }).filter(([field]) => field !== gone)) as Kept;
}

async function userConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('every field of a user makes the round trip, and is changed alone', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const anna: UserRecord = { ...user(1), manualStatus: 'invisible', zone: 'America/Argentina/Buenos_Aires', operator: true };
    t.equal(await store.addUser(anna), true);
    t.equal(await store.addUser(user(2)), true);
    t.strictSame([await store.user(anna.id), await store.user(user(2).id)], [anna, user(2)]);
    const steps: readonly (readonly [change: UserChange, changed: Partial<UserRecord>, gone?: keyof UserRecord])[] = [
      [{}, {}],
      [{ manualStatus: 'away' }, { manualStatus: 'away' }],
      [{ manualStatus: 'available' }, {}, 'manualStatus'],
      [{ manualStatus: 'invisible' }, { manualStatus: 'invisible' }],
      [{ zone: 'Z'.repeat(limits.zoneCharacters) }, { zone: 'Z'.repeat(limits.zoneCharacters) }],
      [{ operator: false }, {}, 'operator'],
      [{ operator: true, name: 'Anna' }, { operator: true, name: 'Anna' }],
    ];
    let stands: UserRecord = anna;
    for (const [change, changed, gone] of steps) {
      t.equal(await store.changeUser(anna.id, change), 'changed');
      stands = after(stands, changed, gone);
      t.strictSame(await store.user(anna.id), stands, JSON.stringify(change));
    }
    const kept = await reopen();
    t.strictSame(await kept.user(anna.id), stands);
    t.strictSame(await kept.userByName('Anna'), stands);
    t.equal(await kept.userByName(anna.name), undefined, 'the former name is free');
    t.strictSame(await kept.user(user(2).id), user(2), 'nobody else changed');
  });

  await t.test('a user is renamed to what nobody is called', async (t) => {
    const { store } = await adapter.open(t);
    await store.addUser(user(1, 'anna'));
    await store.addUser(user(2, 'ben'));
    const before = await exported(store);
    t.equal(await store.changeUser(user(1).id, { name: 'ben', zone: 'UTC' }), 'name-taken');
    t.equal(await store.changeUser('usr_nobody' as UserId, { name: 'new' }), 'unknown-user');
    const wrong: readonly UserChange[] = [
      { name: 'half \ud800' }, { zone: '' }, { zone: 'Z'.repeat(limits.zoneCharacters + 1) }, { zone: '\udc00' },
      { manualStatus: 'asleep' as 'away' },
    ];
    for (const change of wrong) {
      await t.rejects(store.changeUser(user(1).id, { name: 'new', ...change }), RangeError, JSON.stringify(change));
    }
    await t.rejects(store.addUser({ ...user(3), zone: '' }), RangeError);
    t.strictSame(await exported(store), before, 'nothing was written');
    t.equal(await store.changeUser(user(1).id, { name: 'anna' }), 'changed', 'its own is no other\'s');
    const both = await Promise.all([1, 2].map((n) => store.changeUser(user(n).id, { name: 'same' })));
    t.strictSame(both, ['changed', 'name-taken']);
    t.equal(await store.addUser(user(3, 'anna')), true);
    for (const text of hostileTexts) {
      t.equal(await store.changeUser(user(2).id, { name: text }), 'changed', JSON.stringify(text));
      t.equal((await store.userByName(text))?.id, user(2).id);
    }
    const names = (await exportedKeys(store)).filter((key) => key.startsWith('un!'));
    t.equal(names.length, 3, 'no name is left behind');
  });
}

async function appConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('every field of an app makes the round trip, and is changed alone', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const uris = Array.from({ length: limits.redirectUrisPerApp }, (_, n) => url(limits.urlCharacters - n));
    const chat: AppRecord = {
      ...app(1), redirectUris: uris, domain: 'd'.repeat(limits.domainCharacters), owner: 'usr_gone' as UserId,
      webhook: url(limits.urlCharacters), deactivated: true,
    };
    t.equal(await store.addApp(chat), true);
    t.equal(await store.addApp({ ...app(2), redirectUris: [] }), true);
    t.strictSame([await store.app(chat.id), await store.appByName(app(2).name)], [chat, app(2)]);
    const steps: readonly (readonly [change: AppChange, changed: Partial<AppRecord>, gone?: keyof AppRecord])[] = [
      [{}, {}],
      [{ redirectUris: ['http://127.0.0.1/ü!'] }, { redirectUris: ['http://127.0.0.1/ü!'] }],
      [{ redirectUris: [] }, {}, 'redirectUris'],
      [{ domain: 'chat.example' }, { domain: 'chat.example' }],
      [{ domain: null }, {}, 'domain'],
      [{ webhook: url(30) }, { webhook: url(30) }],
      [{ webhook: null }, {}, 'webhook'],
      [{ deactivated: false }, {}, 'deactivated'],
      [{ secretHash: bytes(32, 9), deactivated: true }, { secretHash: bytes(32, 9), deactivated: true }],
    ];
    let stands = chat;
    for (const [change, changed, gone] of steps) {
      stands = after(stands, changed, gone);
      t.strictSame(await store.changeApp(chat.id, change), stands, JSON.stringify(change));
      t.strictSame(await store.app(chat.id), stands);
    }
    const kept = await reopen();
    t.strictSame(await kept.appByName(chat.name), stands);
    t.strictSame(await kept.app(app(2).id), app(2));
    t.equal(await kept.changeApp('app_none' as AppId, { deactivated: true }), undefined);
    t.equal(await kept.removeApp(chat.id, now), true);
  });

  await t.test('an app that could not be read back is refused whole', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const before = await exported(store);
    const wrong: readonly AppChange[] = [
      { redirectUris: Array.from({ length: limits.redirectUrisPerApp + 1 }, () => url(30)) },
      { redirectUris: [''] }, { redirectUris: [url(limits.urlCharacters + 1)] }, { redirectUris: ['https://\ud800'] },
      { domain: '' }, { domain: 'd'.repeat(limits.domainCharacters + 1) }, { domain: '\udc00' },
      { webhook: '' }, { webhook: url(limits.urlCharacters + 1) }, { webhook: '\udc00' }, { secretHash: bytes(31, 1) },
    ];
    for (const change of wrong) {
      await t.rejects(store.changeApp(home.app.id, change), RangeError, JSON.stringify(change).slice(0, 60));
      await t.rejects(store.addApp({ ...app(9), ...change } as AppRecord), RangeError);
    }
    await t.rejects(store.addApp({ ...app(9), owner: '' as UserId }), RangeError);
    t.strictSame(await exported(store), before);
  });
}

async function choiceConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('every field of a grant is changed alone, while it stands', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const other = await household(store, 'other');
    const steps: readonly (readonly [change: GrantChange, changed: Partial<GrantRecord>, gone?: keyof GrantRecord])[] = [
      [{}, {}],
      [{ scopes: ['presence.idle', 'presence'] }, { scopes: ['presence.idle', 'presence'] }],
      [{ scopes: [] }, { scopes: [] }],
      [{ paused: true }, { paused: true }],
      [{ schedule: evenings }, { schedule: evenings }],
      [{ followsPhone: true, outside: 'drop' }, { followsPhone: true, outside: 'drop' }],
      [{ paused: false, schedule: longest }, { paused: false, schedule: longest }],
      [{ schedule: null }, {}, 'schedule'],
      [{ followsPhone: false }, {}, 'followsPhone'],
      [{ outside: 'hold' }, {}, 'outside'],
      [{ schedule: evenings, followsPhone: true }, { schedule: evenings, followsPhone: true }],
    ];
    let stands = home.grant;
    for (const [change, changed, gone] of steps) {
      stands = after(stands, changed, gone);
      t.strictSame(await store.changeGrant(home.grant.uid, change), stands, JSON.stringify(change).slice(0, 60));
      t.strictSame(await store.grant(home.grant.uid), stands);
    }
    const kept = await reopen();
    t.strictSame(await kept.grantsOfUser(home.user.id), [stands]);
    t.strictSame(await kept.grant(other.grant.uid), other.grant, 'no other changed');
    t.equal(await kept.changeGrant('uid_none' as Uid, { paused: true }), undefined);
    const [revoked, late] = await Promise.all([
      kept.revokeGrant(home.grant.uid, now), kept.changeGrant(home.grant.uid, { paused: true, schedule: null }),
    ]);
    t.strictSame([revoked, late], [true, undefined]);
    t.strictSame(await kept.grant(home.grant.uid), { ...stands, revokedAtMs: now });
  });

  await t.test('accepting again keeps what the user chose, accepting after a revoke does not', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const chosen = { schedule: evenings, followsPhone: true, outside: 'drop' } as const;
    await store.changeGrant(home.grant.uid, chosen);
    const again = { ...grant('again', home.user.id, home.app.id), scopes: ['presence'] as const };
    t.strictSame(await store.putGrant(again), { ...home.grant, ...chosen, scopes: ['presence'] });
    const weekend: Schedule = { zone: 'UTC', windows: [{ days: [6, 7], startMinute: 0, endMinute: 1_440 }] };
    const given = { ...home.grant, ...chosen, scopes: ['presence'], schedule: weekend };
    t.strictSame(await store.putGrant({ ...again, schedule: weekend }), given, 'what it gives itself is taken');
    t.strictSame(await store.grant(home.grant.uid), given);
    await store.revokeGrant(home.grant.uid, now);
    const fresh = await reopen();
    t.strictSame(await fresh.putGrant(again), again);
    t.strictSame(await fresh.grant(again.uid), again);
    await fresh.revokeGrant(again.uid, now);
    const full = { ...grant('full', home.user.id, home.app.id), ...chosen };
    t.strictSame(await fresh.putGrant(full), full);
    t.strictSame(await fresh.grant(full.uid), full);
  });

  await t.test('a schedule of no form is refused whole, a zone that nobody knows is not', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const window = evenings.windows[0]!;
    const before = await exported(store);
    const wrong: readonly Schedule[] = [
      { ...evenings, zone: '' }, { ...evenings, zone: 'Z'.repeat(limits.zoneCharacters + 1) }, { ...evenings, zone: '\ud800' },
      { ...evenings, windows: [] }, { ...evenings, windows: [...longest.windows, window] },
      ...[
        { days: [] }, { days: [0 as 1] }, { days: [8 as 1] }, { days: [1.5 as 1] }, { days: [1, 2, 3, 4, 5, 6, 7, 1] as const },
        { startMinute: -1 }, { startMinute: 1_440 }, { startMinute: 0.5 }, { endMinute: 0 }, { endMinute: 1_441 },
        { endMinute: Number.NaN }, { startMinute: 60, endMinute: 60 },
      ].map((part) => ({ ...evenings, windows: [window, { ...window, ...part }] })),
    ];
    for (const schedule of wrong) {
      await t.rejects(store.changeGrant(home.grant.uid, { schedule, paused: true }), RangeError, JSON.stringify(schedule));
      await t.rejects(store.putGrant({ ...home.grant, schedule }), RangeError);
    }
    await t.rejects(store.changeGrant(home.grant.uid, { scopes: ['everything' as 'notify'] }), RangeError);
    t.strictSame(await exported(store), before);
    t.match(await store.changeGrant(home.grant.uid, { schedule: { ...evenings, zone: 'Mars/Olympus' } }), { schedule: { zone: 'Mars/Olympus' } });
  });

  await t.test('what is passed in may be changed, what is handed out may be kept, however deep', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const days: (1 | 2)[] = [1];
    const uris = [url(30)];
    const changing = [
      store.changeGrant(home.grant.uid, { schedule: { zone: 'UTC', windows: [{ days, startMinute: 0, endMinute: 60 }] } }),
      store.changeApp(home.app.id, { redirectUris: uris }),
    ];
    days[0] = 2;
    uris[0] = 'changed';
    await Promise.all(changing);
    const wanted = { zone: 'UTC', windows: [{ days: [1], startMinute: 0, endMinute: 60 }] };
    for (const read of [
      () => store.changeGrant(home.grant.uid, {}), () => store.putGrant(home.grant), () => store.grant(home.grant.uid),
      async () => (await store.grants({ limit: 1 }))[0], async () => (await store.grantsOfUser(home.user.id))[0],
    ]) {
      const handed = await read();
      t.strictSame(handed?.schedule, wanted);
      (handed!.schedule!.windows[0]!.days as number[])[0] = 7;
      (handed!.schedule!.windows as unknown[]).length = 0;
    }
    t.strictSame((await store.grant(home.grant.uid))?.schedule, wanted);
    for (const handed of [await store.changeApp(home.app.id, {}), await store.app(home.app.id)]) {
      t.strictSame(handed?.redirectUris, [url(30)]);
      (handed!.redirectUris as string[])[0] = 'changed';
    }
  });
}

async function listConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('all active grants ascend by uid, page by page', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const uids = async (from: typeof store, after?: Uid, limit = 100) =>
      (await from.grants(after === undefined ? { limit } : { after, limit })).map(({ uid }) => uid);
    t.strictSame(await uids(store), []);
    await Promise.all(hostileTexts.map(async (text) => {
      await store.addUser({ ...user(0), id: text as UserId, name: text });
      await store.addApp({ ...app(0), id: text as AppId, name: text });
      await store.putGrant({ ...grant(0, text as UserId, text as AppId), uid: text as Uid });
    }));
    const ascending = [...hostileTexts].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    const kept = await reopen();
    t.strictSame(await uids(kept), ascending);
    t.strictSame(await uids(kept, undefined, 0), []);
    const paged: Uid[] = [];
    for (let page = await uids(kept, undefined, 7); page.length > 0; page = await uids(kept, page.at(-1), 7)) paged.push(...page);
    t.strictSame(paged, ascending);
    const first = ascending[0] as Uid;
    t.strictSame(await kept.grants({ limit: 1 }), [await kept.grant(first)], 'whole records');

    const left = new Set<string>(ascending);
    for (const [index, text] of ascending.entries()) {
      if (index % 4 === 3) continue;
      if (index % 4 === 0) await kept.revokeGrant(text as Uid, now);
      if (index % 4 === 1) await kept.removeUser(text as UserId, now);
      if (index % 4 === 2) await kept.removeApp(text as AppId, now);
      left.delete(text);
    }
    t.strictSame(await uids(kept), [...left], 'those that a revoke or a removal ended are in it no more');
    const again = { ...grant('again', first as string as UserId, first as string as AppId) };
    await kept.putGrant(again);
    await kept.putGrant({ ...again, uid: 'uid_more' as Uid, paused: true });
    t.strictSame((await uids(kept)).filter((uid) => uid.startsWith('uid_')), [again.uid], 'one accepted twice is in it once');
    const copy = (await adapter.open(t)).store;
    await copy.import(streamed(await exported(kept)));
    t.strictSame(await uids(copy), await uids(kept));
  });
}
