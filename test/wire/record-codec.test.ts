import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import t from 'tap';

import type { AppId, SenderId, DeviceId, SubscriptionId, Uid, UserId } from '../../src/core/ids.js';
import { urgencies } from '../../src/core/frames.js';
import type { Schedule, Weekday } from '../../src/core/presence/windows.js';
import type {
  AppRecord, DeviceRecord, DocumentRecord, GrantRecord, NotificationRecord, OutboxItem, Scope, StoreCounts, SubscriptionRecord, UserRecord,
} from '../../src/ports/store.js';
import {
  clearsCodec, countsCodec, documentCodec, keptKeyCodec, messageCodec, networkCodec, notificationCodec, notificationRecord,
  outboxHeadCodec, outboxItemCodec, queueHeadCodec, subscriptionQueueCodec, userHeadCodec,
} from '../../src/wire/record-codec.js';
import { appCodec, deviceCodec, grantCodec, subscriptionCodec, userCodec } from '../../src/wire/registry-codec.js';
import type {
  DeviceNotification, StoredCounts, StoredDocument, StoredNotification, StoredOutboxItem,
} from '../../src/wire/record-codec.js';
import type {
  StoredApp, StoredDevice, StoredGrant, StoredSubscription, StoredUser,
} from '../../src/wire/registry-codec.js';
import { recordVersion } from '../../src/wire/versioned-codec.js';
import type { RecordCodec } from '../../src/wire/versioned-codec.js';
import { seeded } from './seeded.js';

const { seed, holds } = seeded();

// Hostile on purpose: prefixes of each other, separators, controls, other scripts, the longest.
const text = fc.oneof(
  fc.constantFrom('dev1', 'dev10', 'a!b', 'a/b', 'a\u0000b', 'Größe', '日本語', '\u{1f4e8}', 'x'.repeat(500)),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
);
function record<Fields>(fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }): fc.Arbitrary<Fields> {
  return fc.record<Fields>(fields, { noNullPrototype: true });
}
function named<Id extends string>(): fc.Arbitrary<Id> {
  return text.map((chosen) => chosen as Id);
}
const whole = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER));
const positive = fc.integer({ min: 1, max: 0xffff_ffff });
const bytes = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ minLength: 4096, maxLength: 4096, size: 'max' }));
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const urgency = fc.constantFrom(...urgencies);
const key = fc.uint8Array({ minLength: 1, maxLength: 65 });

function optional<Name extends string, Value>(name: Name, value: fc.Arbitrary<Value>) {
  return fc.option(value, { nil: undefined })
    .map((chosen) => (chosen === undefined ? {} : { [name]: chosen }) as Partial<Record<Name, Value>>);
}

function withOptional<Kept, Extra>(kept: fc.Arbitrary<Kept>, extra: fc.Arbitrary<Extra>): fc.Arbitrary<Kept & Extra> {
  return fc.tuple(kept, extra).map(([a, b]) => ({ ...a, ...b }));
}

interface Kind {
  readonly name: string;
  readonly codec: RecordCodec<unknown>;
  readonly records: fc.Arbitrary<unknown>;
}

function kind<Kept>(name: string, codec: RecordCodec<Kept>, records: fc.Arbitrary<Kept>): Kind {
  return { name, codec: codec as RecordCodec<unknown>, records };
}

const notifications: fc.Arbitrary<StoredNotification> = record({
  id: positive, subscription: named<SubscriptionId>(), alias: positive, urgency,
  topic: fc.oneof(fc.constant(''), text), acceptedAtMs: whole, expiresAtMs: whole, data: bytes,
  missed: fc.nat(0xffff_ffff), messageKey: fc.oneof(fc.constant(''), text),
});

const pushes = record({
  endpoint: text, p256dh: fc.uint8Array({ minLength: 65, maxLength: 65 }), auth: fc.uint8Array({ minLength: 16, maxLength: 16 }),
});
const always = fc.constant(true as const);
const short = text.filter(({ length }) => length <= 60);
const schedules: fc.Arbitrary<Schedule> = record({
  zone: short,
  windows: fc.array(
    record({
      days: fc.array(fc.constantFrom<Weekday>(1, 2, 3, 4, 5, 6, 7), { minLength: 1, maxLength: 7 }),
      startMinute: fc.integer({ min: 0, max: 1_439 }),
      endMinute: fc.integer({ min: 1, max: 1_440 }),
    }).filter(({ startMinute, endMinute }) => startMinute !== endMinute),
    { minLength: 1, maxLength: 14 },
  ),
});

const kinds: readonly Kind[] = [
  kind('User', userCodec, withOptional(
    record({ id: named<UserId>(), name: fc.oneof(fc.constant(''), text), createdAtMs: whole }),
    withOptional(
      optional('manualStatus', fc.constantFrom('away' as const, 'invisible' as const)),
      withOptional(optional('zone', short), optional('operator', always)),
    ),
  )),
  kind('Device', deviceCodec, withOptional(
    record({
      id: named<DeviceId>(), user: named<UserId>(), name: text, tokenHash: hash, createdAtMs: whole, minimumUrgency: urgency,
    }),
    optional('push', pushes),
  )),
  kind('App', appCodec, withOptional(
    record({ id: named<AppId>(), name: text, secretHash: hash, createdAtMs: whole }),
    withOptional(
      withOptional(optional('redirectUris', fc.array(text, { minLength: 1, maxLength: 16 })), optional('domain', short)),
      withOptional(optional('owner', named<UserId>()), withOptional(optional('webhook', text), optional('deactivated', always))),
    ),
  )),
  kind('Grant', grantCodec, withOptional(
    record({
      uid: named<Uid>(), user: named<UserId>(), app: named<AppId>(), paused: fc.boolean(), createdAtMs: whole,
      scopes: fc.uniqueArray(fc.constantFrom<Scope>('notify', 'presence', 'presence.idle')),
    }),
    withOptional(
      // A clock of a test may stand at 0, and a grant revoked then is revoked.
      withOptional(optional('revokedAtMs', whole), optional('schedule', schedules)),
      withOptional(optional('followsPhone', always), optional('outside', fc.constant('drop' as const))),
    ),
  )),
  kind('Subscription', subscriptionCodec, withOptional(
    record({ id: named<SubscriptionId>(), device: named<DeviceId>(), app: text, alias: positive, createdAtMs: whole }),
    withOptional(optional('applicationServerKey', key), optional('endpointClosed', always)),
  )),
  kind('QueueHead', queueHeadCodec, record({
    nextId: positive, nextAlias: positive, waitingAliases: fc.array(positive, { maxLength: 8 }), firstId: fc.nat(),
  })),
  kind('UserHead', userHeadCodec, record({ nextId: positive })),
  kind('Clears', clearsCodec, record({
    clears: fc.array(record({ alias: positive, id: positive, expiresAtMs: whole }), { minLength: 1, maxLength: 256 }),
  })),
  kind('SubscriptionQueue', subscriptionQueueCodec, withOptional(
    withOptional(record({ ids: fc.array(positive, { maxLength: 128 }) }), optional('missedId', positive)), optional('expiresAtMs', whole),
  )),
  kind('OutboxHead', outboxHeadCodec, withOptional(
    record({ nextSequence: whole, waiting: fc.nat(10_000), firstSequence: whole }),
    optional('expiresAtMs', fc.integer({ min: 1 })),
  )),
  kind('KeptKey', keptKeyCodec, record({ value: fc.uint8Array({ minLength: 1, maxLength: 4096, size: 'max' }) })),
  kind('Document', documentCodec, withOptional(
    record({
      kind: fc.stringMatching(/^[a-z-]{1,32}$/), id: short, names: fc.uniqueArray(short, { maxLength: 8 }),
      value: fc.uint8Array({ maxLength: 16_384, size: 'max' }),
    }),
    withOptional(optional('owner', named<UserId>()), optional('expiresAtMs', whole)),
  )),
  kind('Counts', countsCodec, record({
    users: whole, devices: whole, apps: whole, waitingNotifications: whole, outboxItems: whole, networks: whole,
  })),
  kind('Network', networkCodec, record({
    reports: fc.array(record({ reporter: fc.nat(), step: fc.nat(15), atMs: whole }), { minLength: 1, maxLength: 64 }),
  })),
  kind('Notification', notificationCodec, withOptional(withOptional(notifications, optional('encrypted', always)), optional('missedFrom', positive))),
  kind('Message', messageCodec, withOptional(
    record({
      sender: fc.oneof(named<SenderId>(), fc.constant('' as SenderId)), reference: text, receiptWanted: fc.boolean(), receiptSent: fc.boolean(), expiresAtMs: whole,
      targets: fc.array(
        withOptional(record({ device: named<DeviceId>(), id: positive }), optional('fallback', always)), { maxLength: 64 },
      ),
    }),
    optional('uid', named<Uid>()),
  )),
  kind('OutboxItem', outboxItemCodec, withOptional(
    record({ topic: text, payload: bytes, expiresAtMs: whole }),
    optional('uid', named<Uid>()),
  )),
];

await t.test('every field of every record makes the round trip', (t) => {
  for (const { name, codec, records } of kinds) {
    holds(t, name, fc.property(records, (record) => {
      const value = codec.encode(record);
      assert.equal(value[0], recordVersion);
      const input = Buffer.from(value);
      const decoded = codec.decode(input);
      // What was decoded must not alias its input.
      input.fill(0xff);
      assert.deepEqual(decoded, { ok: true, record });
    }));
  }
  t.end();
});

for (const version of [1, 2, 3, 4]) {
  await t.test(`records that version ${version} wrote read as they were, without what came later`, (t) => {
    const file = new URL(`../../../test/store/version-${version}.json`, import.meta.url);
    const kept = JSON.parse(readFileSync(file, 'utf8')) as [string, string][];
    // Others are newer.
    const starts: Readonly<Record<string, string>> = {
      App: 'a!', Device: 'd!', Network: 'f!', Grant: 'g!', Notification: 'n!', OutboxItem: 'o!', OutboxHead: 'oh!', QueueHead: 'q!',
      Message: 'r!', Subscription: 's!', User: 'u!', SubscriptionQueue: 'w!', Counts: 'meta!counts!',
      ...(version < 2 ? {} : { KeptKey: 'k!' }),
      ...(version < 3 ? {} : { UserHead: 'uh!', Clears: 'h!', Document: 'c!' }),
    };
    const read = new Map<string, unknown>();
    for (const { name, codec } of kinds) {
      const start = starts[name];
      if (start === undefined) continue;
      const records = kept.filter(([key]) => key.startsWith(start));
      t.not(records.length, 0, start);
      for (const [key, value] of records) {
        const bytes = Buffer.from(value, 'base64');
        t.equal(bytes[0], version);
        const decoded = codec.decode(bytes);
        if (!decoded.ok) throw new Error(`${key}: ${decoded.error.message}`);
        t.strictSame(codec.decode(codec.encode(decoded.record)), decoded, key);
        read.set(key, decoded.record);
      }
    }
    const [head, scopes] = version === 1 ? [{ nextSequence: 3, firstSequence: 0 }, undefined]
      : [{ nextSequence: 3, firstSequence: 1 }, ['notify', 'presence', 'presence.idle']];
    t.strictSame(read.get('oh!app_1!'), { ...head, waiting: 2 });
    t.strictSame((read.get('g!uid_2!') as GrantRecord | undefined)?.scopes, scopes);
    t.strictSame(read.get('r!app_1!waits!'), {
      sender: 'app_1', reference: 'waits', uid: 'uid_1', receiptWanted: true, receiptSent: false, expiresAtMs: 1_763_803_600_000,
      targets: [{ device: 'dev_1_1', id: 1 }, ...(version === 1 ? [{ device: 'dev_1_2', id: 1 }] : [])],
    });
    const later: readonly (readonly [start: string, since: number, fields: readonly string[]])[] = [
      ['d!', 2, ['push']], ['s!', 2, ['endpointClosed']], ['n!', 2, ['encrypted']], ['u!', 3, ['manualStatus', 'zone', 'operator']],
      ['a!', 3, ['redirectUris', 'domain', 'owner', 'webhook', 'deactivated']], ['g!', 3, ['schedule', 'followsPhone', 'outside']],
      ['w!', 5, ['expiresAtMs']], ['n!', 5, ['missedFrom']],
    ];
    for (const [start, , fields] of later.filter(([, since]) => since > version)) {
      const records = [...read].filter(([key]) => key.startsWith(start)).map(([, record]) => record as object);
      t.notOk(records.some((record) => fields.some((field) => field in record)), start);
    }
    t.end();
  });
}

await t.test('a record of a newer schema version is refused as such', (t) => {
  for (const { name, codec, records } of kinds) {
    const [record] = fc.sample(records, { seed, numRuns: 1 });
    const value = codec.encode(record);
    value[0] = recordVersion + 1;
    const decoded = codec.decode(value);
    t.match(decoded, { ok: false, error: { code: 'newer-version', message: `${name}: schema version ${recordVersion + 1} is newer than ${recordVersion}` } });
  }
  t.end();
});

await t.test('damage is an error or another record, never an exception', (t) => {
  for (const { name, codec, records } of kinds) {
    t.match(codec.decode(new Uint8Array(0)), { ok: false, error: { code: 'damaged' } }, name);
    holds(t, `${name}, one byte changed`, fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (record, at, flip, cut) => {
      const value = codec.encode(record);
      const place = 1 + (at % (value.length - 1));
      value[place]! ^= flip;
      const decoded = codec.decode(cut ? value.subarray(0, place) : value);
      // What still decodes is a record that can be kept again.
      if (decoded.ok) assert.deepEqual(codec.decode(codec.encode(decoded.record)), decoded);
    }));
    holds(t, `${name}, noise`, fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      codec.decode(Uint8Array.of(recordVersion, ...noise));
    }));
  }
  // Field 31, a varint: no version of User has it.
  const strange = Buffer.concat([userCodec.encode({ id: 'usr_1' as UserId, name: 'Ada', createdAtMs: 1 }), Buffer.from([0xf8, 1, 1])]);
  t.match(userCodec.decode(strange), { ok: false, error: { code: 'damaged', message: /field/ } });
  t.end();
});

await t.test('a record that would read back differently is not written', (t) => {
  const [notification] = fc.sample(notifications, { seed, numRuns: 1 });
  for (const broken of [
    { id: 0 }, { id: 2 ** 32 }, { id: 1.5 }, { alias: 0 }, { missed: -1 }, { expiresAtMs: NaN }, { acceptedAtMs: 0.5 }, { acceptedAtMs: -1 },
    { subscription: '' as SubscriptionId }, { topic: '\ud800' },
  ]) {
    t.throws(() => notificationCodec.encode({ ...notification!, ...broken }), RangeError, JSON.stringify(broken));
  }
  t.throws(() => appCodec.encode({
    id: 'app_1' as AppId, name: 'Chat', secretHash: new Uint8Array(31), createdAtMs: 1,
  }), /32 bytes/);
  t.end();
});

await t.test('a stored notification and its device make the record of the port', (t) => {
  const [stored] = fc.sample(notifications, { seed, numRuns: 1 });
  const { messageKey, ...rest } = stored!;
  t.type(messageKey, 'string');
  t.strictSame(notificationRecord('dev_1' as DeviceId, stored!), { ...rest, device: 'dev_1' });
  t.strictSame(notificationRecord('dev_1' as DeviceId, { ...stored!, encrypted: true }), {
    ...rest, device: 'dev_1', encrypted: true,
  });
  t.end();
});

/** Whether each fits the other and neither has a property, optional ones included, that the other lacks. */
type Same<A, B> = [A, keyof A] extends [B, keyof B] ? ([B, keyof B] extends [A, keyof A] ? true : false) : false;

await t.test('what is kept is what the store port tells', (t) => {
  // The compiler is the test: a field that only one side has is an error here.
  const same: readonly [
    Same<StoredUser, UserRecord>, Same<StoredDevice, DeviceRecord>, Same<StoredApp, AppRecord>,
    Same<StoredGrant, GrantRecord>, Same<StoredSubscription, SubscriptionRecord>,
    Same<DeviceNotification, NotificationRecord>, Same<StoredOutboxItem, OutboxItem>, Same<StoredCounts, StoreCounts>,
    Same<StoredDocument, DocumentRecord>,
  ] = [true, true, true, true, true, true, true, true, true];
  t.equal(same.length, 9);
  t.end();
});
