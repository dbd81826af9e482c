// Web Push at the device: keys for each app, bodies of the web-push package, over real sockets, against a gateway that does as it is told.

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { limits } from '../../src/core/limits.js';
import { fileStorage } from '../../src/device/file-storage.js';
import type { AppRegistration, PushKeys } from '../../src/device/index.js';
import { KeyRing } from '../../src/device/push-keys.js';
import { Registrations } from '../../src/device/registrations.js';
import { encrypted } from './sender.js';
import { acks, linked, memoryStorage, notification, notify, quiet, setting, until } from './setting.js';
import type { Setting, Watched } from './setting.js';

function encryptedItem(id: number, keys: PushKeys | undefined, text: string, alias = 1): ReturnType<typeof notification> {
  return { id, alias, data: encrypted(keys!, text), encrypted: true, missed: 0 };
}

/** The registration of 'chat', whose handlers `make` attached. */
function chatOf({ device }: Watched): Promise<AppRegistration> {
  const known = device.registrations.find(({ app }) => app === 'chat');
  if (known !== undefined) return Promise.resolve(known);
  return new Promise((resolve) => {
    const off = device.on('registered', (registration) => {
      if (registration.app !== 'chat') return;
      off();
      resolve(registration);
    });
  });
}

/** The subscription of 'chat' that the gateway confirms from now on. */
function confirmAs(s: Setting, subscription: string): void {
  s.gateway.subscriptions.set('chat', subscription);
}

await t.test('what an app gets is what a PushSubscription has, and what is sent to it is read', async (t) => {
  const s = await setting(t);
  const watched = s.make();
  const { device, received, warnings } = watched;
  const mailGot: string[] = [];
  const mail = device.app('mail', { onNotification: ({ text, data, encrypted: raw }) => { mailGot.push(`${text} ${data.length} ${raw ?? 'plain'}`); } });
  await device.start();
  const connection = await linked(s);
  const chat = await chatOf(watched);
  const registration = await mail.registered();
  t.same(Object.keys(registration), ['app', 'subscription', 'endpoint', 'keys']);
  t.match(registration.keys, { p256dh: /^B[\w-]{86}$/, auth: /^[\w-]{22}$/ });
  t.not(registration.keys!.p256dh, chat.keys!.p256dh, 'each app has its own');
  t.not(registration.keys!.auth, chat.keys!.auth);

  connection.send({ notifications: [
    encryptedItem(1, chat.keys, 'größer'), notification(2, 'plain'), encryptedItem(3, registration.keys, 'x'.repeat(3993), 2),
  ] });
  const acknowledged = new Set<number>();
  while (acknowledged.size < 3) for (const id of acks(await connection.frame())) acknowledged.add(id);
  t.same(received, ['größer', 'plain'], 'an encrypted one and a plain one, in order');
  t.same(mailGot, [`${'x'.repeat(3993)} 3993 plain`], 'the largest that there is');
  t.same(warnings, []);
});

await t.test('the order of an app holds, whatever is encrypted and however long it takes', async (t) => {
  const s = await setting(t);
  const watched = s.make();
  const { device, received } = watched;
  await device.start();
  const connection = await linked(s);
  const { keys } = await chatOf(watched);
  const items = Array.from({ length: 30 }, (_, index) => {
    const text = `${index + 1} ${'.'.repeat(index % 3 === 0 ? 2000 : 5)}`;
    return index % 2 === 0 ? encryptedItem(index + 1, keys, text) : notification(index + 1, text);
  });
  for (const item of items) connection.send({ notifications: [item] });
  await until(() => received.length === items.length, 'all are read');
  t.same(received.map((text) => Number(text.split(' ')[0])), items.map(({ id }) => id));
});

await t.test('what cannot be decrypted is told, acknowledged and does not come again', async (t) => {
  const s = await setting(t);
  const watched = s.make();
  const { device, received, warnings } = watched;
  await device.start();
  const connection = await linked(s);
  const { keys } = await chatOf(watched);
  const body = encrypted(keys!, 'changed on its way');
  body[100]! ^= 1;
  connection.send({ notifications: [{ id: 1, alias: 1, data: body, encrypted: true, missed: 0 }] });
  t.same(acks(await connection.frame()), [1]);
  t.same(warnings, ['undecryptable'], 'as a warning, where nobody listens');

  const events: string[] = [];
  device.on('undecryptable', ({ app, id, error }) => events.push(`${app} ${id} ${error.code}`));
  connection.send({ notifications: [
    { id: 2, alias: 1, data: Uint8Array.of(1, 2, 3), encrypted: true, missed: 0 }, encryptedItem(3, keys, 'and the next one'),
  ] });
  const acknowledged: number[] = [];
  while (acknowledged.length < 2) acknowledged.push(...acks(await connection.frame()));
  t.same(acknowledged, [2, 3]);
  t.same(events, ['chat 2 ciphertext-too-short']);
  t.same(received, ['and the next one']);
  connection.send(notify(1, 'once more'));
  t.same(acks(await connection.frame()), [1], 'a duplicate of it is acknowledged and dropped');
  t.same(received, ['and the next one']);
  t.same(warnings, ['undecryptable']);
});

await t.test('a handler that fails gets the same text again', async (t) => {
  const s = await setting(t);
  const watched = s.make();
  const { device } = watched;
  const got: string[] = [];
  device.app('chat', { onNotification: ({ text }) => { got.push(text); if (got.length === 1) throw new Error('not now'); } });
  await device.start();
  const connection = await linked(s);
  const item = encryptedItem(1, (await chatOf(watched)).keys, 'once again');
  connection.send({ notifications: [item] });
  await until(() => got.length === 1, 'the first call');
  await quiet(connection);
  connection.send({ notifications: [item] });
  t.same(acks(await connection.frame()), [1]);
  t.same(got, ['once again', 'once again']);
});

await t.test('the raw bytes', async (t) => {
  const s = await setting(t);
  const { device } = s.make();
  const got: { readonly data: Uint8Array; readonly encrypted: true | undefined }[] = [];
  const chat = device.app('chat', { onNotification: ({ data, encrypted: flag }) => { got.push({ data, encrypted: flag }); } }, { raw: true });
  await device.start();
  const connection = await linked(s);
  const { keys } = await chat.registered();
  const item = encryptedItem(1, keys, 'for later');
  connection.send({ notifications: [item, notification(2, 'plain')] });
  await until(() => got.length === 2, 'both are there');
  t.same(got.map((one) => one.encrypted), [true, undefined]);
  t.same(Buffer.from(got[0]!.data), Buffer.from(item.data), 'as they came');
  t.equal(new TextDecoder().decode(await chat.decrypt(got[0]!.data)), 'for later', 'and read when the app likes');
  await t.rejects(chat.decrypt(new Uint8Array(9)), { name: 'DeviceError', code: 'ciphertext-too-short' });

  device.app('chat', { onNotification: ({ data }) => { got.push({ data, encrypted: undefined }); } });
  connection.send({ notifications: [encryptedItem(3, keys, 'read')] });
  await until(() => got.length === 3, 'the next one');
  t.equal(new TextDecoder().decode(got[2]!.data), 'read', 'handlers that are replaced bring their own choice');
});

await t.test('keys stay with their subscription', async (t) => {
  const s = await setting(t);
  const folder = await mkdtemp(join(tmpdir(), 'lowbeat-keys-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'state.json');
  const storage = fileStorage(path);
  const stored = async (): Promise<Record<string, unknown>[]> =>
    (JSON.parse(await readFile(path, 'utf8')) as { keys: Record<string, unknown>[] }).keys;
  let first: PushKeys | undefined;

  await t.test('they are on disk, for the owner only, before anybody is told them', async (t) => {
    const watched = s.make({ storage });
    watched.device.on('registered', ({ keys }) => {
      first = keys;
    });
    await watched.device.start();
    await linked(s);
    await until(() => first !== undefined, 'they are told');
    t.match(await stored(), [{ app: 'chat', subscription: 'sub_chat', ...first }]);
    t.equal((await stat(path)).mode & 0o777, 0o600);
    await watched.device.stop();
  });

  await t.test('across a restart', async (t) => {
    const watched = s.make({ storage });
    await watched.device.start();
    t.same(watched.device.registrations.map(({ keys }) => keys), [first], 'and known without a network');
    const connection = await linked(s);
    connection.send({ notifications: [encryptedItem(1, first, 'sent meanwhile')] });
    t.same(acks(await connection.frame()), [1]);
    t.same(watched.received, ['sent meanwhile']);
    await watched.device.stop();
  });

  await t.test('another endpoint of the same subscription keeps them', async (t) => {
    s.gateway.origin = 'https://moved.example';
    const watched = s.make({ storage });
    const told: AppRegistration[] = [];
    watched.device.on('registered', (registration) => told.push(registration));
    await watched.device.start();
    await linked(s);
    await until(() => told.length === 2, 'the new endpoint is told');
    t.match(told, [
      { endpoint: 'https://gateway.example/push/chat', keys: first! }, { endpoint: 'https://moved.example/push/chat', keys: first! },
    ]);
    await watched.device.stop();
  });

  await t.test('a new subscription has new ones', async (t) => {
    confirmAs(s, 'sub_other');
    const watched = s.make({ storage });
    const told: AppRegistration[] = [];
    watched.device.on('registered', (registration) => told.push(registration));
    await watched.device.start();
    const connection = await linked(s);
    await until(() => told.length === 2, 'they are told');
    t.equal(told[1]!.subscription, 'sub_other');
    t.not(told[1]!.keys!.p256dh, first!.p256dh);
    t.not(told[1]!.keys!.auth, first!.auth);
    t.match(await stored(), [{ subscription: 'sub_other', p256dh: told[1]!.keys!.p256dh }], 'the old ones are gone');
    connection.send({ notifications: [encryptedItem(2, told[1]!.keys, 'new'), encryptedItem(3, first, 'old')] });
    const acknowledged: number[] = [];
    while (acknowledged.length < 2) acknowledged.push(...acks(await connection.frame()));
    t.same(watched.received, ['new']);
    t.same(watched.warnings, ['undecryptable']);

    watched.device.remove('chat');
    await connection.frameWith((frame) => frame.removals !== undefined);
    await watched.device.stop();
    t.same(await stored(), [], 'and with the app they end');
  });

  await t.test('stored ones that are no key are put aside with the rest', async (t) => {
    const text = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...text, keys: [{ app: 'chat' }] }));
    const { device, warnings } = s.make({ storage });
    await device.start();
    t.same(warnings, ['state-damaged']);
    await device.stop();
  });
});

await t.test('confirmations that are overtaken while keys are made', async (t) => {
  const keys = new KeyRing({ onWarning: ({ message }) => { t.fail(message); } });
  const told: AppRegistration[] = [];
  const registrations = new Registrations({
    keys, save: () => Promise.resolve(),
    onRegistered: (registration) => told.push(registration), onKeysFailed: () => { t.fail('they can be made'); },
  });
  const removedWhile = t.rejects(registrations.answer('chat'), { code: 'app-removed' });
  registrations.confirmed({ app: 'chat', alias: 1, subscription: 'sub_1' });
  registrations.removed('chat');
  await removedWhile;
  registrations.confirmed({ app: 'mail', alias: 2, subscription: 'sub_2' });
  // Its keys are being made by now.
  await new Promise((resolve) => setImmediate(resolve));
  registrations.removed('mail');
  await registrations.settled();
  t.same([told, keys.stored(), registrations.all], [[], [], []], 'of a removed app nothing is left');

  const answer = registrations.answer('chat');
  registrations.confirmed({ app: 'chat', alias: 3, subscription: 'sub_3' });
  registrations.confirmed({ app: 'chat', alias: 4, subscription: 'sub_4', endpoint: 'https://gateway.example/push/4' });
  registrations.confirmed({ app: 'chat', alias: 4, subscription: 'sub_4', endpoint: 'https://gateway.example/push/4' });
  t.match(await answer, { subscription: 'sub_4', endpoint: 'https://gateway.example/push/4' });
  await registrations.settled();
  t.same(told.map(({ subscription }) => subscription), ['sub_4'], 'only the last is told, once');
  t.same(keys.stored().map(({ subscription }) => subscription), ['sub_4']);
});

await t.test('keys that WebCrypto refuses are replaced, and the new ones told', async (t) => {
  const s = await setting(t);
  const storage = memoryStorage();
  const before = s.make({ storage });
  await before.device.start();
  await linked(s);
  const { keys } = await chatOf(before);
  await before.device.stop();
  const flipped = keys!.p256dh.slice(0, -3) + (keys!.p256dh.endsWith('AAA') ? 'BBA' : 'AAA');
  storage.text = storage.text!.replace(keys!.p256dh, flipped);

  const after = s.make({ storage });
  await after.device.start();
  t.same(after.warnings, ['state-damaged']);
  const [registration] = after.device.registrations;
  t.ok(registration!.keys!.p256dh !== keys!.p256dh && registration!.keys!.p256dh !== flipped);
  t.ok(storage.text.includes(registration!.keys!.p256dh));
});

await t.test('without WebCrypto an app gets what is not encrypted', async (t) => {
  const s = await setting(t);
  t.intercept(globalThis, 'crypto', { value: {} });
  const watched = s.make();
  await watched.device.start();
  const connection = await linked(s);
  t.same(await chatOf(watched), { app: 'chat', subscription: 'sub_chat', endpoint: 'https://gateway.example/push/chat' });
  connection.send(notify(1, 'plain'));
  t.same(acks(await connection.frame()), [1]);
  connection.send({ notifications: [{ id: 2, alias: 1, data: new Uint8Array(limits.payloadBytes), encrypted: true, missed: 0 }] });
  t.same(acks(await connection.frame()), [2]);
  t.same(watched.received, ['plain']);
  t.same(watched.warnings, ['no-web-crypto', 'undecryptable']);
});

await t.test('a storage that fails keeps nobody from the keys', async (t) => {
  const s = await setting(t);
  const watched = s.make({ storage: { load: () => Promise.resolve(undefined), save: () => Promise.reject(new Error('disk full')) } });
  await watched.device.start();
  const connection = await linked(s);
  const { keys } = await chatOf(watched);
  connection.send({ notifications: [encryptedItem(1, keys, 'all the same')] });
  t.same(acks(await connection.frame()), [1]);
  t.same(watched.received, ['all the same']);
  t.same(watched.warnings, ['state-not-saved']);
});
