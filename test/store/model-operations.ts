// The operations of the model test: every call of the store port that writes, and one that reads by whatever there is to read by.

import fc from 'fast-check';
import { urgencies } from '../../src/core/frames.js';
import type { Urgency } from '../../src/core/frames.js';
import { reportAgeMs } from '../../src/core/heartbeat/fleet.js';
import type {
  AppId, DeviceId, ReceiptSubscriptionId, SenderId, SubscriptionId, Uid, UserId,
} from '../../src/core/ids.js';
import type { Schedule } from '../../src/core/presence/windows.js';
import type {
  AcceptRequest, AppChange, GrantChange, MessageReference, PushSubscription, Scope, Store, UserChange,
} from '../../src/ports/store.js';
import { now } from '../conformance/store/fixtures.js';

/** What is called on both stores; it gets the time, which only moves on. */
export interface Operation {
  readonly name: string;
  readonly call: (store: Store, nowMs: number) => Promise<unknown>;
}

// Few ids, so that operations meet; some of them parts of each other or of the key's own signs.
export const userIds = ['u1', 'u10', 'u!'] as readonly string[] as readonly UserId[];
export const deviceIds = ['d1', 'd10', 'd"', 'd1!'] as readonly string[] as readonly DeviceId[];
export const appIds = ['a1', 'a10', 'ä'] as readonly string[] as readonly AppId[];
export const subscriptionIds = ['s1', 's10', 's2', 's3', 's4', 's5'] as readonly string[] as readonly SubscriptionId[];
const receiptIds = ['rcp_1', 'rcp_10'] as readonly string[] as readonly ReceiptSubscriptionId[];
export const uids = ['g1', 'g10', 'g2', 'g3', 'g4'] as readonly string[] as readonly Uid[];
const names = ['n', 'n1', 'n!', '😀'];
/** One that cannot be written shows whether a call that fails half-way is taken back. */
const references = ['r', 'r1', 'r!', 'r', 'r1', 'r!', ''];
const topics = ['', '', 't', 't1'];

const anyUser = fc.constantFrom(...userIds);
const anyDevice = fc.constantFrom(...deviceIds);
const anyApp = fc.constantFrom(...appIds);
const anySubscription = fc.constantFrom(...subscriptionIds);
/** Mostly where it is usually registered, so that most targets are there. */
const anyPlace = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.nat(subscriptionIds.length - 1).map((index) => ({
      subscription: subscriptionIds[index]!, device: deviceIds[index % deviceIds.length]!,
    })),
  },
  { weight: 1, arbitrary: fc.record({ subscription: anySubscription, device: anyDevice }) },
);
const anyUid = fc.constantFrom(...uids);
const anyName = fc.constantFrom(...names);
const anyReference = fc.constantFrom(...references);
const anyUrgency = fc.constantFrom(...urgencies);
const anyNumbers = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 5 });
const anyLife = fc.constantFrom(0, 1, 5, 50, 500);
const anyLimit = fc.constantFrom(0, 1, 2, 3, 10, 1_000);
export const hash = new Uint8Array(32).fill(3);

function push(n: number): PushSubscription {
  return { endpoint: `https://push.example/${n}`, p256dh: new Uint8Array(65).fill(n), auth: new Uint8Array(16).fill(n) };
}

function operation<Value>(
  name: string,
  values: fc.Arbitrary<Value>,
  call: (store: Store, value: Value, nowMs: number) => Promise<unknown>,
): fc.Arbitrary<Operation> {
  return values.map((value) => ({
    name: `${name} ${fc.stringify(value)}`,
    call: (store, nowMs) => call(store, value, nowMs),
  }));
}

const addUser = operation('addUser', fc.record({ id: anyUser, name: anyName }), (store, user, nowMs) =>
  store.addUser({ ...user, createdAtMs: nowMs }));
const addDevice = operation(
  'addDevice',
  fc.record({ id: anyDevice, user: anyUser, name: anyName, minimumUrgency: anyUrgency, pushed: fc.nat(2) }),
  (store, { pushed, ...device }, nowMs) => store.addDevice({
    ...device, tokenHash: hash, createdAtMs: nowMs, ...(pushed === 0 ? { push: push(1) } : {}),
  }),
);
const addApp = operation('addApp', fc.record({ id: anyApp, name: anyName }), (store, app, nowMs) =>
  store.addApp({ ...app, secretHash: hash, createdAtMs: nowMs }));
const putGrant = operation(
  'putGrant',
  fc.record({
    uid: anyUid,
    user: anyUser,
    app: anyApp,
    paused: fc.boolean(),
    scopes: fc.subarray<Scope>(['notify', 'presence']),
    followsPhone: fc.constantFrom(undefined, undefined, true as const),
  }),
  (store, { followsPhone, ...grant }, nowMs) => store.putGrant({
    ...grant, createdAtMs: nowMs, ...(followsPhone === undefined ? {} : { followsPhone }),
  }),
);
/** The second cannot be written. */
const schedules: readonly Schedule[] = [
  { zone: 'UTC', windows: [{ days: [1, 7], startMinute: 60, endMinute: 1 }] }, { zone: 'UTC', windows: [] },
];
const anySchedule = fc.constantFrom(schedules[0]!, schedules[0]!, schedules[0]!, schedules[1]!);
const changeUser = operation(
  'changeUser',
  fc.tuple(anyUser, fc.record<UserChange>({
    name: anyName,
    manualStatus: fc.constantFrom('available', 'away', 'invisible'),
    zone: fc.constantFrom('UTC', 'UTC', 'Europe/Oslo', ''),
    operator: fc.boolean(),
  }, { requiredKeys: [] })),
  (store, [id, change]) => store.changeUser(id, change),
);
const changeApp = operation(
  'changeApp',
  fc.tuple(anyApp, fc.record<AppChange>({
    redirectUris: fc.subarray(['https://a', 'https://b', '!']),
    domain: fc.constantFrom(null, 'a', 'b', ''),
    webhook: fc.constantFrom(null, 'https://a'),
    deactivated: fc.boolean(),
  }, { requiredKeys: [] })),
  (store, [id, change]) => store.changeApp(id, change),
);
const changeGrant = operation(
  'changeGrant',
  fc.tuple(anyUid, fc.record<GrantChange>({
    scopes: fc.subarray<Scope>(['notify', 'presence.idle']),
    paused: fc.boolean(),
    schedule: fc.option(anySchedule),
    followsPhone: fc.boolean(),
    outside: fc.constantFrom('hold', 'drop'),
  }, { requiredKeys: [] })),
  (store, [uid, change]) => store.changeGrant(uid, change),
);
const documentKinds = ['k', 'k-', 'kk'];
const documentNames = ['i', 'i1', 'i!', '😀'];
const anyKind = fc.constantFrom(...documentKinds);
const anyDocument = fc.record({ kind: anyKind, id: fc.constantFrom(...documentNames) });
const putDocument = operation(
  'putDocument',
  fc.record({
    at: anyDocument,
    owner: fc.option(anyUser, { nil: undefined }),
    // One that is there twice cannot be written.
    names: fc.oneof({ weight: 9, arbitrary: fc.subarray(documentNames) }, { weight: 1, arbitrary: fc.constant(['i', 'i']) }),
    life: fc.option(anyLife, { nil: undefined }),
    value: fc.uint8Array({ maxLength: 3 }),
  }),
  (store, { at, owner, names, life, value }, nowMs) => store.putDocument({
    ...at,
    names,
    value,
    ...(owner === undefined ? {} : { owner }),
    ...(life === undefined ? {} : { expiresAtMs: nowMs + life }),
  }),
);
const removeDocument = operation('removeDocument', anyDocument, (store, { kind, id }) => store.removeDocument(kind, id));
const removeDocumentsNamed = operation('removeDocumentsNamed', anyDocument, (store, { kind, id }) =>
  store.removeDocumentsNamed(kind, id));
const addSubscription = operation(
  'addSubscription',
  fc.record({
    place: anyPlace,
    app: fc.constantFrom<string>(...appIds, ...names),
    key: fc.constantFrom(undefined, undefined, 4, 5),
    reopen: fc.constantFrom(undefined, undefined, true as const),
  }),
  (store, { place: { device, subscription: id }, app, key, reopen }, nowMs) => store.addSubscription({
    id,
    device,
    app,
    createdAtMs: nowMs,
    ...(reopen === undefined ? {} : { reopen }),
    ...(key === undefined ? {} : { applicationServerKey: new Uint8Array(65).fill(key) }),
  }),
);

const anyTargets = fc.uniqueArray(
  fc.record({ place: anyPlace, alias: fc.integer({ min: 1, max: 5 }), fallback: fc.nat(2) })
    .map(({ place, alias, fallback }) => ({ ...place, alias, ...(fallback === 0 ? { fallback: true as const } : {}) })),
  // None at all is refused, unless the message is named.
  { minLength: 0, maxLength: 3, selector: ({ subscription }) => subscription },
);
/** Mostly the one that there is from the beginning. */
const anyLikelyUid = fc.oneof({ weight: 4, arbitrary: fc.constant(uids[0]!) }, { weight: 1, arbitrary: anyUid });
const anyLikelyApp = fc.oneof({ weight: 4, arbitrary: fc.constant(appIds[0]!) }, { weight: 1, arbitrary: anyApp });
const anySender = fc.oneof<fc.WeightedArbitrary<SenderId>[]>(
  { weight: 3, arbitrary: anyLikelyApp }, { weight: 2, arbitrary: fc.constantFrom(...receiptIds) },
);
const anyMessage = fc.record(
  {
    sender: anySender,
    reference: anyReference,
    receiptWanted: fc.constantFrom(true, true, true, false),
    uid: anyLikelyUid,
  },
  { requiredKeys: ['sender', 'reference', 'receiptWanted'] },
);
interface Accept {
  readonly targets: AcceptRequest['targets'];
  readonly urgency: Urgency;
  readonly topic: string;
  readonly life: number;
  readonly data: Uint8Array;
  readonly encrypted?: true | undefined;
  readonly grant?: Uid | undefined;
  readonly message?: MessageReference | undefined;
}
const anyAccept: fc.Arbitrary<Accept> = fc.record({
  targets: anyTargets,
  urgency: anyUrgency,
  topic: fc.constantFrom(...topics),
  life: anyLife,
  data: fc.uint8Array({ maxLength: 4 }),
  encrypted: fc.constantFrom(undefined, true as const),
  grant: fc.option(anyLikelyUid, { nil: undefined, freq: 2 }),
  message: fc.option(anyMessage, { nil: undefined, freq: 2 }),
});

function acceptOn(
  store: Store,
  { life, encrypted, grant, message, ...wanted }: Accept,
  nowMs: number,
): Promise<unknown> {
  return store.accept({
    ...wanted,
    acceptedAtMs: nowMs,
    expiresAtMs: nowMs + life,
    ...(encrypted === undefined ? {} : { encrypted }),
    ...(grant === undefined ? {} : { grant }),
    ...(message === undefined ? {} : { message }),
  });
}

const accept = operation('accept', anyAccept, acceptOn);
/** Enough to go over the bound of a subscription. */
const flood = operation(
  'flood',
  fc.record({ wanted: anyAccept, count: fc.integer({ min: 90, max: 120 }) }),
  (store, { wanted, count }, nowMs) =>
    Promise.all(Array.from({ length: count }, () => acceptOn(store, { ...wanted, message: undefined }, nowMs))),
);
const acknowledge = operation(
  'acknowledge',
  fc.record({ device: anyDevice, ids: anyNumbers, hiddenUids: fc.subarray([...uids], { maxLength: 1 }) }),
  (store, acks, nowMs) => store.acknowledge({ ...acks, nowMs }),
);
const cancel = operation('cancel', fc.tuple(anySender, anyReference), (store, [sender, reference]) =>
  store.cancel(sender, reference));
const withdraw = operation('withdraw', fc.tuple(anyDevice, fc.integer({ min: 1, max: 12 })), (store, [device, id]) =>
  store.withdraw(device, id));
const handle = operation(
  'handle',
  fc.record({
    copies: fc.array(fc.tuple(anyPlace, fc.integer({ min: 1, max: 4 }), anyNumbers), { maxLength: 3 }),
    life: anyLife,
  }),
  (store, { copies, life }, nowMs) => store.handle({
    copies: copies.map(([place, alias, ids]) => ({ ...place, alias, ids })), nowMs, expiresAtMs: nowMs + life,
  }),
);
const cleared = operation('cleared', fc.tuple(anyDevice, anyNumbers), (store, [device, ids]) => store.cleared(device, ids));
/** All that is due: of a part, it is not said for each which goes first. */
const expire = operation('expire', fc.constant(1_000), (store, limit, nowMs) => store.expire(nowMs, limit));
const appendOutbox = operation(
  'appendOutbox',
  fc.record({ app: anyLikelyApp, uid: fc.option(anyLikelyUid, { nil: undefined }), life: anyLife }),
  (store, { app, uid, life }, nowMs) => store.appendOutbox(app, {
    topic: 'upstream/x',
    payload: new Uint8Array(2),
    expiresAtMs: nowMs + life,
    ...(uid === undefined ? {} : { uid }),
  }),
);
const removeOutbox = operation('removeOutbox', fc.tuple(anySender, anyNumbers), (store, [sender, sequences]) =>
  store.removeOutbox(sender, sequences));
/** Numbers of a receipt subscription begin at some time. Reads first, so not among calls of one turn. */
export const removeReceipts = operation('removeReceipts', fc.tuple(fc.constantFrom(...receiptIds), anyNumbers), async (store, [sender, places]) => {
  const items = await store.outbox(sender, 0, 12);
  await store.removeOutbox(sender, places.flatMap((place) => items[place - 1]?.sequence ?? []));
});
const keep = operation('keep', fc.tuple(anyName, fc.nat(3)), (store, [name, byte]) =>
  store.keep(name, new Uint8Array(byte).fill(byte)));
const setPush = operation('setPush', fc.tuple(anyDevice, fc.nat(2)), (store, [device, n]) =>
  store.setPush(device, n === 0 ? undefined : push(n)));
const setMinimumUrgency = operation('setMinimumUrgency', fc.tuple(anyDevice, anyUrgency), (store, [id, urgency]) =>
  store.setMinimumUrgency(id, urgency));
const renameDevice = operation('renameDevice', fc.tuple(anyDevice, fc.constantFrom('phone', 'desk')), (store, [id, name]) =>
  store.renameDevice(id, name));
const revokeGrant = operation('revokeGrant', anyUid, (store, uid, nowMs) => store.revokeGrant(uid, nowMs));
const removeSubscription = operation('removeSubscription', anySubscription, (store, id) =>
  store.removeSubscription(id));
const removeDevice = operation('removeDevice', anyDevice, (store, id) => store.removeDevice(id));
const removeUser = operation('removeUser', anyUser, (store, id, nowMs) => store.removeUser(id, nowMs));
const removeApp = operation('removeApp', anyApp, (store, id, nowMs) => store.removeApp(id, nowMs));
const reportNetwork = operation(
  'reportNetwork',
  fc.record({
    network: fc.constantFrom(...names),
    reporter: fc.nat(2),
    step: fc.nat(15),
    ageMs: fc.constantFrom(0, reportAgeMs, reportAgeMs - 3),
  }),
  (store, { network, ageMs, ...report }, nowMs) =>
    store.reportNetwork(network, { ...report, atMs: nowMs - ageMs }),
);
/** They tell what was answered before them: not for operations that are called at the same time. */
export const read = operation(
  'read',
  fc.record({
    user: anyUser,
    device: anyDevice,
    app: anyApp,
    uid: anyUid,
    name: anyName,
    subscription: anySubscription,
    sender: anySender,
    document: anyDocument,
    after: fc.nat(5),
    limit: anyLimit,
  }),
  async (store, { user, device, app, uid, name, subscription, sender, document: { kind, id }, after, limit }, nowMs) => [
    await store.user(user), await store.userByName(name), await store.users({ after: user, limit }),
    await store.device(device), await store.devicesOfUser(user), await store.devices({ limit }),
    await store.app(app), await store.appByName(name), await store.apps({ after: app, limit }),
    await store.grant(uid), await store.grantsOfUser(user), await store.grantsOfApp(app, { after: uid, limit }),
    await store.subscription(subscription), await store.subscriptionsOfDevice(device),
    await store.waiting(device, after, limit), await store.clears(device, nowMs), await store.outbox(app, after, limit), await store.counts(),
    await store.networkReports(name), await store.outbox(sender, after, limit), await store.outbox(sender, now, limit),
    await store.pushDevices({ after: device, limit }), await store.grants({ after: uid, limit }),
    await store.document(kind, id), await store.documentsNamed(kind, id, limit), await store.documentsOf(user, kind),
  ],
);

export const writes: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: addUser },
  { weight: 4, arbitrary: addDevice },
  { weight: 4, arbitrary: addApp },
  { weight: 4, arbitrary: putGrant },
  { weight: 6, arbitrary: addSubscription },
  { weight: 40, arbitrary: accept },
  { weight: 4, arbitrary: flood },
  { weight: 15, arbitrary: acknowledge },
  { weight: 4, arbitrary: cancel },
  { weight: 4, arbitrary: withdraw },
  { weight: 8, arbitrary: handle },
  { weight: 3, arbitrary: cleared },
  { weight: 1, arbitrary: keep },
  { weight: 2, arbitrary: changeUser },
  { weight: 2, arbitrary: changeApp },
  { weight: 2, arbitrary: changeGrant },
  { weight: 12, arbitrary: putDocument },
  { weight: 3, arbitrary: removeDocument },
  { weight: 1, arbitrary: removeDocumentsNamed },
  { weight: 2, arbitrary: setPush },
  { weight: 5, arbitrary: expire },
  { weight: 6, arbitrary: appendOutbox },
  { weight: 4, arbitrary: removeOutbox },
  { weight: 1, arbitrary: setMinimumUrgency },
  { weight: 1, arbitrary: renameDevice },
  { weight: 2, arbitrary: reportNetwork },
  { weight: 1, arbitrary: revokeGrant },
  { weight: 1, arbitrary: removeSubscription },
  { weight: 1, arbitrary: removeDevice },
  { weight: 1, arbitrary: removeUser },
  { weight: 1, arbitrary: removeApp },
);
