// Documents: found by id, by other names and by their user; kept once, taken once, and gone when their time or their user is.

import type { Test } from 'tap';
import type { UserId } from '../../../src/core/ids.js';
import { limits } from '../../../src/core/limits.js';
import type { DocumentRecord, Store } from '../../../src/ports/store.js';
import { accepted, exported, exportedKeys, hostileTexts, hour, household, now, request, streamed, user, waitingIds } from './fixtures.js';
import type { StoreAdapter } from './fixtures.js';
import { bytes } from './registry.js';

function document(id: string, changed: Partial<DocumentRecord> = {}): DocumentRecord {
  return { kind: 'session', id, names: [], value: new TextEncoder().encode(`of ${id}`), ...changed };
}

function ids(documents: readonly DocumentRecord[]): readonly string[] {
  return documents.map(({ id }) => id);
}

async function owners(store: Store, ...names: readonly string[]): Promise<readonly UserId[]> {
  for (const name of names) await store.addUser(user(name, name));
  return names.map((name) => user(name).id);
}

export async function documentConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await keptConformance(t, adapter);
  await boundConformance(t, adapter);
  await endConformance(t, adapter);
}

async function keptConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('every field of a document makes the round trip', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const [anna] = await owners(store, 'anna');
    const longest = 'x'.repeat(limits.documentNameCharacters);
    const forms: readonly DocumentRecord[] = [
      document('bare', { value: new Uint8Array(0) }),
      document(longest, { kind: 'y'.repeat(limits.documentKindCharacters), value: bytes(limits.documentBytes, 3) }),
      document('all', {
        kind: 'access-token', owner: anna!, expiresAtMs: Number.MAX_SAFE_INTEGER,
        names: ['grant!', 'grant', longest, ...Array.from({ length: limits.documentNames - 3 }, (_, n) => `name ${n}`)],
      }),
      document('at once', { kind: '-', expiresAtMs: 0 }),
    ];
    for (const form of forms) t.equal(await store.putDocument(form), 'kept');
    const copy = (await adapter.open(t)).store;
    await copy.import(streamed(await exported(store)));
    for (const kept of [copy, await reopen()]) {
      for (const form of forms) {
        t.strictSame(await kept.document(form.kind, form.id), form);
        for (const name of form.names) t.strictSame(await kept.documentsNamed(form.kind, name, 9), [form]);
      }
      t.strictSame(await kept.documentsOf(anna!, 'access-token'), [forms[2]]);
    }
  });

  await t.test('what is unknown is undefined, empty, false or 0', async (t) => {
    const { store } = await adapter.open(t);
    const [anna] = await owners(store, 'anna');
    await store.putDocument(document('1', { owner: anna!, names: ['n'] }));
    t.equal(await store.document('session', 'n'), undefined, 'a name is no id');
    t.equal(await store.document('session', ''), undefined);
    t.equal(await store.document('No kind!', '1'), undefined);
    t.strictSame(await store.documentsNamed('session', '1', 9), [], 'an id is no name');
    t.strictSame(await store.documentsNamed('token', 'n', 9), [], 'names are of one kind');
    t.strictSame(await store.documentsNamed('session', 'n', 0), []);
    t.strictSame(await store.documentsOf(anna!, 'token'), []);
    t.strictSame(await store.documentsOf('usr_nobody' as UserId, 'session'), []);
    t.equal(await store.removeDocument('token', '1'), false);
    t.equal(await store.removeDocumentsNamed('session', '1'), 0);
    t.equal(await store.removeDocumentsNamed('token', 'n'), 0);
    t.equal(await store.putDocument(document('2', { owner: 'usr_nobody' as UserId })), 'unknown-user');
    t.equal(await store.document('session', '2'), undefined);
    const calls: (() => Promise<unknown>)[] = [
      () => store.document('session', '\ud800'),
      () => store.documentsNamed('session', '\udc00', 9),
      () => store.documentsOf('\ud800' as UserId, 'session'),
      () => store.removeDocument('\ud800', '1'),
      () => store.removeDocumentsNamed('session', '\ud800'),
    ];
    for (const call of calls) await t.rejects(call(), RangeError);
  });

  await t.test('ids, names and owners may hold anything and are never taken for one another', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const texts = hostileTexts.filter((text) => text.length <= limits.documentNameCharacters);
    const kinds = ['a', 'a-', 'a-b', '-', 'ab'];
    await Promise.all(texts.map((text) => store.addUser({ ...user(0), id: text as UserId, name: text })));
    await Promise.all(texts.flatMap((text) => kinds.map(async (kind) => {
      const wanted = document(text, { kind, owner: text as UserId, names: [text, `${text}!`], expiresAtMs: now });
      t.equal(await store.putDocument(wanted), 'kept', JSON.stringify(text));
    })));
    const kept = await reopen();
    const ascending = [...texts].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    for (const text of ascending) {
      for (const kind of kinds) {
        t.match(await kept.document(kind, text), { kind, id: text, owner: text }, JSON.stringify(text));
        const under = texts.filter((other) => other === text || `${other}!` === text);
        t.strictSame(new Set(ids(await kept.documentsNamed(kind, text, 9))), new Set(under));
        t.strictSame(ids(await kept.documentsOf(text as UserId, kind)), [text]);
      }
    }
    const half = (text: string) => texts.indexOf(text) % 2 === 0;
    await Promise.all(texts.filter(half).map((text) => kept.removeDocument('a', text)));
    await Promise.all(texts.filter(half).map((text) => kept.removeUser(text as UserId, now)));
    for (const text of texts) {
      for (const kind of kinds) t.equal(await kept.document(kind, text) !== undefined, !half(text), JSON.stringify(text));
    }
    const { removed, more } = await kept.expire(now, 10_000);
    t.strictSame({ removed, more }, { removed: texts.filter((text) => !half(text)).length * kinds.length, more: false });
    t.strictSame((await exportedKeys(kept)).filter((key) => /^(c|cn|co|x)!/.test(key)), []);
  });

  await t.test('one name finds all that have it, ascending, and no more than are wanted', async (t) => {
    const { store } = await adapter.open(t);
    for (const n of ['3', '1', '10', '2']) await store.putDocument(document(n, { names: ['grant', `own ${n}`] }));
    await store.putDocument(document('1', { kind: 'token', names: ['grant'] }));
    t.strictSame(ids(await store.documentsNamed('session', 'grant', 9)), ['1', '10', '2', '3']);
    t.strictSame(ids(await store.documentsNamed('session', 'grant', 2)), ['1', '10']);
    t.equal(await store.removeDocumentsNamed('session', 'grant'), 4);
    t.strictSame(await store.documentsNamed('session', 'grant', 9), []);
    t.strictSame(await store.documentsNamed('session', 'own 3', 9), []);
    t.strictSame(ids(await store.documentsNamed('token', 'grant', 9)), ['1']);
  });

  await t.test('one of the same kind and id takes its place: names, owner and time', async (t) => {
    const { store } = await adapter.open(t);
    const [anna, anna1] = await owners(store, 'anna', 'anna1');
    const other = (await adapter.open(t)).store;
    await owners(other, 'anna', 'anna1');
    const before = document('1', { owner: anna!, names: ['old', 'both'], expiresAtMs: now });
    const after = document('1', { owner: anna1!, names: ['both', 'new'], expiresAtMs: now + hour, value: bytes(3, 1) });
    for (const wanted of [before, after, before, document('1'), after]) t.equal(await store.putDocument(wanted), 'kept');
    await other.putDocument(after);
    t.strictSame(await exported(store), await exported(other), 'nothing of the first is left');
    t.strictSame(await store.documentsNamed('session', 'old', 9), []);
    t.strictSame(await store.documentsNamed('session', 'both', 9), [after]);
    t.strictSame(await store.documentsOf(anna!, 'session'), []);
    t.strictSame(await store.documentsOf(anna1!, 'session'), [after]);
    t.match(await store.expire(now, 9), { removed: 0 });
    t.equal(await store.putDocument({ ...before, owner: 'usr_nobody' as UserId }), 'unknown-user');
    t.strictSame(await store.document('session', '1'), after, 'what is refused replaces nothing');
  });
}

async function boundConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('a document that could not be read back or is too large is refused whole', async (t) => {
    const { store } = await adapter.open(t);
    const [anna] = await owners(store, 'anna');
    const standing = document('1', { owner: anna! });
    await store.putDocument(standing);
    const before = await exported(store);
    const tooLong = 'x'.repeat(limits.documentNameCharacters + 1);
    const wrong: readonly Partial<DocumentRecord>[] = [
      { kind: '' }, { kind: 'Session' }, { kind: 'a!' }, { kind: 'y'.repeat(limits.documentKindCharacters + 1) },
      { id: '' }, { id: tooLong }, { id: '\ud800' }, { owner: '' as UserId }, { owner: '\udc00' as UserId },
      { names: [''] }, { names: [tooLong] }, { names: ['\ud800'] }, { names: ['n', 'n'] },
      { names: Array.from({ length: limits.documentNames + 1 }, (_, n) => `${n}`) },
      { expiresAtMs: -1 }, { expiresAtMs: 0.5 }, { expiresAtMs: Number.NaN }, { value: new Uint8Array(limits.documentBytes + 1) },
    ];
    const outcomes = await Promise.allSettled([
      ...wrong.map((changed) => store.putDocument({ ...standing, ...changed })),
      store.putDocument(standing),
    ]);
    t.match(outcomes.pop(), { status: 'fulfilled', value: 'kept' }, 'and harms none that shares its moment');
    for (const [index, outcome] of outcomes.entries()) {
      t.match(outcome, { status: 'rejected', reason: RangeError }, JSON.stringify(wrong[index]).slice(0, 60));
    }
    t.strictSame(await exported(store), before);
  });

  await t.test('a user has a bound of each kind', async (t) => {
    const { store } = await adapter.open(t);
    const [anna, ben] = await owners(store, 'anna', 'ben');
    const all = Array.from({ length: limits.documentsPerOwner }, (_, n) => document(`${n}`, { owner: anna! }));
    const added = await Promise.all(all.map((each) => store.putDocument(each)));
    t.ok(added.every((outcome) => outcome === 'kept'));
    t.equal(await store.putDocument(document('more', { owner: anna! })), 'full');
    t.equal(await store.document('session', 'more'), undefined);
    t.equal(await store.putDocument(document('0', { owner: anna!, names: ['changed'] })), 'kept', 'one of them may change');
    t.equal(await store.putDocument(document('more', { owner: anna!, kind: 'token' })), 'kept', 'another kind');
    t.equal(await store.putDocument(document('more', { owner: ben! })), 'kept', 'another user');
    t.equal(await store.putDocument(document('more', { owner: anna! })), 'full', 'nor is it moved');
    t.match(await store.document('session', 'more'), { owner: ben });
    t.equal(await store.putDocument(document('none')), 'kept', 'nobody\'s');
    t.equal((await store.documentsOf(anna!, 'session')).length, limits.documentsPerOwner);
    const mixed = await Promise.all([
      store.removeDocument('session', '1'),
      store.putDocument(document('more', { owner: anna! })),
      store.putDocument(document('none', { owner: anna! })),
    ]);
    t.strictSame(mixed, [true, 'kept', 'full'], 'there is room for as many as were removed');
    t.strictSame(await store.documentsOf(ben!, 'session'), []);
  });

  await t.test('what is passed in may be changed, what is handed out may be kept', async (t) => {
    const { store } = await adapter.open(t);
    const value = bytes(4, 1);
    const names = ['n'];
    const putting = store.putDocument(document('1', { value, names }));
    value.fill(0);
    names[0] = 'changed';
    await putting;
    const wanted = document('1', { value: bytes(4, 1), names: ['n'] });
    const [named] = await store.documentsNamed('session', 'n', 1);
    for (const handed of [await store.document('session', '1'), named]) {
      t.strictSame(handed, wanted);
      handed!.value.fill(9);
      (handed!.names as string[]).length = 0;
    }
    t.strictSame(await store.document('session', '1'), wanted);
  });
}

async function endConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('what may be used once is taken by one', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const empty = await exportedKeys(store);
    await store.putDocument(document('code', { names: ['n'], expiresAtMs: now }));
    const taken = await Promise.all(Array.from({ length: 20 }, () => store.removeDocument('session', 'code')));
    t.strictSame(taken, [true, ...Array.from({ length: 19 }, () => false)]);
    await store.putDocument(document('code', { names: ['n'], expiresAtMs: now }));
    const mixed = await Promise.all([
      store.removeDocumentsNamed('session', 'n'),
      store.removeDocument('session', 'code'),
      store.removeDocumentsNamed('session', 'n'),
      store.putDocument(document('code', { expiresAtMs: now })),
      store.expire(now, 9),
      store.removeDocument('session', 'code'),
      store.putDocument(document('code', { expiresAtMs: now + 1 })),
      store.expire(now, 9),
      store.removeDocument('session', 'code'),
    ]);
    const none = { removed: 0, touched: [], more: false };
    t.strictSame(mixed, [1, false, 0, 'kept', { ...none, removed: 1 }, false, 'kept', none, true], 'as if one after the other');
    t.strictSame(await exportedKeys(await reopen()), empty, 'nothing of them is left');
  });

  await t.test('one whose time has come goes with the next sweep, earliest first', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    await store.putDocument(document('late', { expiresAtMs: now + hour + 2, owner: home.user.id }));
    await store.putDocument(document('soon', { expiresAtMs: now + 1, names: ['n'] }));
    await store.putDocument(document('never'));
    await store.putDocument(document('renewed', { expiresAtMs: now + 1 }));
    await store.putDocument(document('renewed', { expiresAtMs: now + 2 * hour }));
    await store.putDocument(document('for good', { expiresAtMs: now + 1 }));
    await store.putDocument(document('for good'));
    await accepted(store, request(home.subscriptions, { expiresAtMs: now + hour }));
    t.match(await store.expire(now, 9), { removed: 0, more: false });
    t.equal((await store.document('session', 'soon'))?.expiresAtMs, now + 1, 'it is there until it was removed');
    const kept = await reopen();
    t.match(await kept.expire(now + 1, 9), { removed: 1, more: false });
    t.equal(await kept.document('session', 'soon'), undefined);
    t.strictSame(await kept.documentsNamed('session', 'n', 9), []);
    t.match(await kept.expire(now + hour + 2, 1), { removed: 1, more: true });
    t.strictSame(await waitingIds(kept, home.devices[0]!.id), []);
    t.match(await kept.document('session', 'late'), { id: 'late' });
    t.match(await kept.expire(now + hour + 2, 1), { removed: 1, more: false });
    t.strictSame(await kept.documentsOf(home.user.id, 'session'), []);
    t.match(await kept.expire(now + 2 * hour, 9), { removed: 1, more: false });
    t.match(await kept.document('session', 'never'), { id: 'never' });
    t.match(await kept.document('session', 'for good'), { id: 'for good' });
  });

  await t.test('a user takes its documents along', async (t) => {
    const { store } = await adapter.open(t);
    const [anna, anna1] = await owners(store, 'anna', 'anna1');
    await store.putDocument(document('other', { owner: anna1!, names: ['n'], expiresAtMs: now }));
    await store.putDocument(document('nobody', { names: ['n'] }));
    await store.putDocument(document('moved', { owner: anna! }));
    await store.putDocument(document('moved', { owner: anna1! }));
    await store.removeUser(anna!, now);
    const before = await exportedKeys(store);
    await owners(store, 'anna');
    for (const kind of ['session', 'passkey', 'password']) {
      await store.putDocument(document('1', { kind, owner: anna!, names: ['n', kind], expiresAtMs: now + hour }));
    }
    const [, refused] = await Promise.all([
      store.removeUser(anna!, now), store.putDocument(document('2', { owner: anna! })),
    ]);
    t.equal(refused, 'unknown-user', 'none comes after its user went');
    t.strictSame(await exportedKeys(store), before);
    t.strictSame(ids(await store.documentsNamed('session', 'n', 9)), ['nobody', 'other']);
    await owners(store, 'anna');
    t.strictSame(await store.documentsOf(anna!, 'session'), [], 'whoever comes in its place has none');
  });
}
