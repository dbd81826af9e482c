// Grants: one that stands for each user and app, and what a revoke takes with it.

import type { Test } from 'tap';
import type { AppId, Uid, UserId } from '../../../src/core/ids.js';
import {
  accepted, app, exportedKeys, grant, hour, household, item, named, now, outboxOf, request, subscribed,
  subscription, user, waitingIds,
} from './fixtures.js';
import type { StoreAdapter } from './fixtures.js';

export async function grantConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('every field of a grant makes the round trip', async (t) => {
    const { store, reopen } = await adapter.open(t);
    await store.addUser(user(1));
    const forms = [
      { scopes: [], paused: false, createdAtMs: 0 },
      { scopes: ['notify'], paused: true, createdAtMs: 1 },
      { scopes: ['presence', 'presence.idle', 'notify'], paused: false, createdAtMs: now },
    ] as const;
    for (const [n, form] of forms.entries()) {
      await store.addApp(app(n));
      const wanted = { ...grant(n, user(1).id, app(n).id), ...form };
      t.strictSame(await store.putGrant(wanted), wanted);
    }
    const kept = await reopen();
    for (const [n, form] of forms.entries()) {
      t.strictSame(await kept.grant(`uid_${n}` as Uid), { ...grant(n, user(1).id, app(n).id), ...form });
    }
    t.equal((await kept.grantsOfUser(user(1).id)).length, forms.length);
  });

  await t.test('one grant stands for a user and an app: a second keeps uid and time', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const second = {
      ...grant(2, home.user.id, home.app.id),
      scopes: ['presence', 'notify'] as const,
      paused: true,
      createdAtMs: now + 5,
    };
    const stands = { ...home.grant, scopes: second.scopes, paused: true };
    t.strictSame(await store.putGrant(second), stands);
    t.strictSame(await store.grant(home.grant.uid), stands);
    t.equal(await store.grant(second.uid), undefined);
    t.strictSame(await store.grantsOfUser(home.user.id), [stands]);
    t.strictSame(await store.grantsOfApp(home.app.id, { limit: 9 }), [stands]);
  });

  await t.test('a grant needs its user and its app, and is not given revoked', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    t.equal(await store.putGrant(grant(2, 'usr_none' as UserId, home.app.id)), undefined);
    t.equal(await store.putGrant(grant(2, home.user.id, 'app_none' as AppId)), undefined);
    const revoked = { ...grant(2, home.user.id, home.app.id), revokedAtMs: now };
    await t.rejects(store.putGrant(revoked), RangeError);
    t.strictSame(await store.grant(home.grant.uid), home.grant);
  });

  await t.test('lists hold active grants of just that user and app', async (t) => {
    const { store } = await adapter.open(t);
    for (const n of ['1', '10', '2']) {
      await store.addUser(user(n));
      await store.addApp(app(n));
    }
    for (const owner of ['1', '10', '2']) {
      for (const to of ['1', '10', '2']) {
        await store.putGrant(grant(`${owner}_${to}`, user(owner).id, app(to).id));
      }
    }
    await store.revokeGrant('uid_10_1' as Uid, now);
    const uids = (list: readonly { readonly uid: Uid }[]) => list.map(({ uid }) => uid);
    t.strictSame(uids(await store.grantsOfUser(user('1').id)), ['uid_1_1', 'uid_1_10', 'uid_1_2']);
    t.strictSame(uids(await store.grantsOfUser(user('10').id)), ['uid_10_10', 'uid_10_2']);
    t.strictSame(uids(await store.grantsOfApp(app('1').id, { limit: 9 })), ['uid_1_1', 'uid_2_1']);
    const page = { after: 'uid_1_10' as Uid, limit: 1 };
    t.strictSame(uids(await store.grantsOfApp(app('10').id, page)), ['uid_2_10']);
  });

  await t.test('a revoke keeps the uid as gone and takes what waits under it', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const other = await household(store, 'other');
    const byName = await subscribed(store, subscription('name', home.devices[0]!.id, home.app.name));
    const weather = await subscribed(store, subscription('weather', home.devices[0]!.id, 'weather'));
    await accepted(store, request([weather], { topic: 'kept' }));
    await accepted(store, request(other.subscriptions, { message: named(other, 'kept') }));
    await store.appendOutbox(home.app.id, item({ topic: 'kept' }));
    const before = await exportedKeys(store);

    await accepted(store, request(home.subscriptions, { topic: 'a', message: named(home, 'one') }));
    await accepted(store, request([byName], { message: named(home, 'two') }));
    await accepted(store, request([home.subscriptions[1]!]));
    await store.appendOutbox(home.app.id, item({ uid: home.grant.uid }));
    const gone = { ...home.grant, revokedAtMs: now + 7 };

    t.equal(await store.revokeGrant(home.grant.uid, now + 7), true);
    t.strictSame(await store.grant(home.grant.uid), gone);
    t.strictSame(await store.grantsOfUser(home.user.id), []);
    t.strictSame(await store.grantsOfApp(home.app.id, { limit: 9 }), []);
    t.strictSame(await waitingIds(store, home.devices[1]!.id), []);
    t.strictSame((await store.waiting(home.devices[0]!.id, 0, 9)).map(({ topic }) => topic), ['kept']);
    t.strictSame((await outboxOf(store, home.app.id)).map(([topic]) => topic), ['kept']);
    const indexes = (await exportedKeys(store)).length;
    t.equal(indexes, before.length - 3, 'nothing of it stays but its record, out of all lists');
    t.equal(await store.revokeGrant(home.grant.uid, now + 8), false);

    const kept = await reopen();
    t.strictSame(await kept.grant(home.grant.uid), gone, 'a revoke survives (facts/presence B5)');
    const expired = { removed: 4, touched: ['app_other'], more: false };
    t.strictSame(await kept.expire(now + hour, 100), expired, 'and no receipt of it');
    const again = grant('new', home.user.id, home.app.id);
    t.strictSame(await kept.putGrant(again), again, 'a new grant has a new uid (B4)');
    await t.rejects(kept.putGrant(grant(1, other.user.id, home.app.id)), RangeError);
  });

  await t.test('nothing is accepted or put into an outbox under a revoked grant', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const other = await household(store, 'other');
    const target = request(home.subscriptions);
    // Called in this order and not awaited: the revoke is between them.
    const results = await Promise.all([
      store.accept({ ...target, grant: home.grant.uid }),
      store.appendOutbox(home.app.id, item({ uid: home.grant.uid })),
      store.revokeGrant(home.grant.uid, now),
      store.accept({ ...target, grant: home.grant.uid }),
      store.accept({ ...target, message: named(home, 'late') }),
      store.accept({ ...target, grant: 'uid_none' as Uid }),
      store.appendOutbox(home.app.id, item({ uid: home.grant.uid })),
      store.accept({ ...target, message: named(home, 'foreign', { uid: other.grant.uid }) }),
      store.appendOutbox(home.app.id, item({ uid: other.grant.uid })),
    ]);
    t.equal((results[0] as { readonly outcome: string }).outcome, 'accepted');
    t.strictSame(results.slice(1), [
      true, true, { outcome: 'revoked' }, { outcome: 'revoked' }, { outcome: 'revoked' }, false,
      { outcome: 'revoked' }, false,
    ]);
    t.strictSame(await waitingIds(store, home.devices[0]!.id), []);
    t.strictSame(await outboxOf(store, home.app.id), []);
    const plain = { sender: home.app.id, reference: 'plain', receiptWanted: true };
    t.match(await store.accept({ ...target, message: plain }), { outcome: 'accepted' });
    await store.removeApp(home.app.id, now);
    t.strictSame(await store.accept({ ...target, message: { ...plain, reference: 'gone' } }), { outcome: 'revoked' });
  });
}
