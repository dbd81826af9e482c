// The whole client against a gateway that does as it is told, over real sockets and in virtual time: apps, storage, messages.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { AdaptiveController } from '../../src/core/heartbeat/adaptive.js';
import { limits } from '../../src/core/limits.js';
import { fileStorage } from '../../src/device/file-storage.js';
import { acks, linked, memoryStorage, notification, notify, quiet, setting, until } from './setting.js';

await t.test('registration and dispatch', async (t) => {
  const s = await setting(t);
  const { device, statuses } = s.make();
  const ends: (() => void)[] = [];
  const mail = device.app('mail', { onNotification: () => new Promise((resolve) => ends.push(resolve)) });
  await device.start();
  const connection = await s.gateway.connection();
  const first = await connection.frame();
  t.same(first.registrations?.map(({ app }) => app), ['chat', 'mail'], 'all apps go in the first frame');
  t.match(first.heartbeat, { presence: 'online', power: 'unknown', network: 'unknown' });
  const registration = await mail.registered();
  t.match(registration, { app: 'mail', subscription: 'sub_mail', endpoint: 'https://gateway.example/push/mail' });
  t.same(await mail.registered(), registration, 'also later');
  t.same(device.registrations.map(({ app }) => app), ['chat', 'mail']);
  t.same(statuses, ['connecting', 'linked']);

  connection.send({ notifications: [notification(1, 'to mail', 2), notification(2, 'to chat', 1)] });
  t.same(acks(await connection.frame()), [2], 'what is handled is acknowledged, what is not yet is not');
  await until(() => ends.length === 1, 'the handler of mail runs');
  ends[0]!();
  t.same(acks(await connection.frame()), [1]);

  await device.stop();
  t.equal(await connection.end(), 'goodbye');
  t.same(statuses.at(-1), 'stopped: asked');
  t.equal(s.time.timers, 0, 'nothing is left behind');
});

await t.test('a handler that fails', async (t) => {
  const s = await setting(t);
  const { device, warnings } = s.make();
  const abandoned: number[] = [];
  let calls = 0;
  device.on('abandoned', ({ id }) => abandoned.push(id));
  device.app('chat', { onNotification: ({ id }) => { calls += 1; if (id === 1 && calls < 3) throw new Error('not now'); if (id === 9) throw new Error('never'); } });
  await device.start();
  const connection = await linked(s);
  for (const call of [1, 2]) {
    connection.send(notify(1, 'again and again'));
    await until(() => calls === call, `call ${call}`);
  }
  await quiet(connection);
  t.equal(connection.happenings, 0, 'it is not acknowledged');
  t.same(warnings, ['handler-failed', 'handler-failed']);
  connection.send(notify(1, 'again and again'));
  t.same(acks(await connection.frame()), [1], 'and comes again until it succeeds');
  for (let attempt = 1; attempt <= limits.handlerAttempts; attempt += 1) {
    connection.send(notify(9, 'hopeless'));
    await until(() => calls === 3 + attempt, 'the next call');
    await quiet(connection);
  }
  t.same(acks(await connection.frame()), [9]);
  t.same(abandoned, [9], 'or until it is given up, of which the program hears');
});

await t.test('a handler that hangs', async (t) => {
  const s = await setting(t);
  const { device, warnings } = s.make();
  const calls: number[] = [];
  device.app('chat', { onNotification: ({ id }) => { calls.push(id); return id === 1 ? new Promise<void>(() => undefined) : undefined; } });
  await device.start();
  const connection = await linked(s);
  connection.send({ notifications: [notification(1, 'stuck'), notification(2, 'next')] });
  await until(() => calls.length === 1, 'the handler hangs');
  s.time.advance(limits.handlerMs);
  t.same(acks(await connection.frameWith((frame) => frame.acks !== undefined)), [2], 'holds the next one up for so long only');
  t.same(calls, [1, 2]);
  t.same(warnings, ['handler-too-slow']);
});

await t.test('an acknowledgement waits for the storage', async (t) => {
  const s = await setting(t);
  const saved: string[] = [];
  let finish: (() => void) | undefined;
  const { device, received } = s.make({
    storage: { load: () => Promise.resolve(undefined), save: (text) => new Promise((resolve) => { finish = () => { saved.push(text); resolve(); }; }) },
  });
  await device.start();
  const connection = await linked(s);
  await until(() => finish !== undefined, 'the registration is being saved');
  connection.send(notify(1, 'hello'));
  await until(() => received.length === 1, 'it is handled');
  finish!();
  finish = undefined;
  await until(() => finish !== undefined, 'the handled id is being saved');
  await quiet(connection);
  t.equal(connection.happenings, 0);
  const saving = finish!;
  finish = undefined;
  saving();
  t.same(acks(await connection.frame()), [1]);
  t.match(JSON.parse(saved.at(-1)!), { device: 'dev_1', state: { handled: [1] } });
  t.notMatch(saved.join(''), /secret/, 'the token is not stored');
  // Let the end of the test save what it likes.
  const ending = setInterval(() => finish?.(), 1);
  await device.stop();
  clearInterval(ending);
});

await t.test('a storage that fails does not stop what comes', async (t) => {
  const s = await setting(t);
  const { device, warnings } = s.make({ storage: { load: () => Promise.resolve(undefined), save: () => Promise.reject(new Error('disk full')) } });
  await device.start();
  const connection = await linked(s);
  for (const id of [1, 2]) {
    connection.send(notify(id, 'hello'));
    t.same(acks(await connection.frame()), [id]);
  }
  t.same(warnings, ['state-not-saved'], 'and is told of once');
});

await t.test('across a restart', async (t) => {
  const s = await setting(t);
  const folder = await mkdtemp(join(tmpdir(), 'lowbeat-device-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const storage = fileStorage(join(folder, 'state.json'));

  await t.test('what was handled is dropped, and acknowledged again', async (t) => {
    const before = s.make({ storage });
    await before.device.start();
    const connection = await linked(s);
    connection.send(notify(1, 'once'));
    t.same(acks(await connection.frame()), [1]);
    t.same(before.received, ['once']);
    await before.device.stop();

    const after = s.make({ storage });
    await after.device.start();
    t.same(after.device.registrations.map(({ app }) => app), ['chat'], 'the registration is known without a network');
    const next = await linked(s);
    next.send({ notifications: [notification(1, 'once'), notification(2, 'new')] });
    const acknowledged = new Set(acks(await next.frame()));
    if (acknowledged.size < 2) for (const id of acks(await next.frame())) acknowledged.add(id);
    t.same([...acknowledged].sort(), [1, 2]);
    t.same(after.received, ['new']);
    await after.device.stop();
  });

  await t.test('what was not sent goes up', async (t) => {
    s.gateway.answering = false;
    const before = s.make({ storage });
    await before.device.start();
    const connection = await linked(s);
    const rejected = t.rejects(before.device.send('chat', 'keep this'), { code: 'stopped' });
    await connection.frameWith((frame) => frame.messages !== undefined);
    await before.device.stop();
    await rejected;

    s.gateway.answering = true;
    const after = s.make({ storage });
    await after.device.start();
    const next = await s.gateway.connection();
    const { messages } = await next.frameWith((frame) => frame.messages !== undefined);
    t.same(messages?.map(({ data }) => new TextDecoder().decode(data)), ['keep this']);
    await after.device.stop();
  });

  await t.test('a damaged file is put aside', async (t) => {
    const path = join(folder, 'state.json');
    await writeFile(path, '{"device":"dev_1","state":{"ver');
    const { device, warnings } = s.make({ storage });
    await device.start();
    t.same(warnings, ['state-damaged']);
    t.equal(await readFile(`${path}.damaged`, 'utf8'), '{"device":"dev_1","state":{"ver');
    const connection = await linked(s);
    connection.send(notify(1, 'once'));
    t.same(acks(await connection.frame()), [1], 'and the client goes on');
    await device.stop();
  });

  await t.test('the state of another device is not taken for its own', async (t) => {
    const { device, warnings } = s.make({ storage, id: 'dev_2' });
    await device.start();
    t.same(warnings, ['state-damaged']);
    t.same(device.registrations, []);
    await device.stop();
  });

  await t.test('a storage that cannot be read is an error of start', async (t) => {
    const { device } = s.make({ storage: fileStorage(join(folder, 'missing', 'state.json')) });
    await t.rejects(device.start(), { code: 'ENOENT' });
  });
});

await t.test('messages up', async (t) => {
  const s = await setting(t);
  const { device } = s.make();
  await t.rejects(device.send('chat', 'early'), { code: 'not-started' });
  await device.start();
  const connection = await linked(s);

  s.gateway.answering = false;
  const order: string[] = [];
  const sent = device.send('chat', 'hello').then(() => order.push('sent'));
  const { messages, packetId } = await connection.frame();
  t.same(messages?.map(({ id, alias, data }) => [id, alias, new TextDecoder().decode(data)]), [[1, 1, 'hello']]);
  await quiet(connection);
  order.push('answered');
  connection.answer(packetId);
  await sent;
  t.same(order, ['answered', 'sent'], 'resolve when the gateway has them');

  const refused = device.send('chat', new Uint8Array(10));
  const frame = await connection.frame();
  connection.send({ rejections: [{ message: frame.messages![0]!.id, code: 'no-grant' }] });
  connection.answer(frame.packetId);
  await t.rejects(refused, { code: 'message-rejected', rejection: 'no-grant', message: /not allowed/ });

  await t.rejects(device.send('mail', 'x'), { code: 'unknown-app', message: /mail/ });
  await t.rejects(device.send('chat', new Uint8Array(limits.messageBytes + 1)), { code: 'too-large', message: /4096/ });

  const waiting: Promise<void>[] = [];
  for (let index = 0; index < limits.upstreamWaiting; index += 1) waiting.push(device.send('chat', `message ${index}`));
  await t.rejects(device.send('chat', 'one too many'), { code: 'queue-full' }, 'no more wait than may');
  const results = Promise.allSettled(waiting);
  await device.stop();
  t.ok((await results).every((result) => result.status === 'rejected' && (result.reason as { code: string }).code === 'stopped'));
  await t.rejects(device.send('chat', 'late'), { code: 'stopped' });
});

await t.test('apps come and go', async (t) => {
  const s = await setting(t);
  const { device } = s.make();
  const failures: string[] = [];
  device.on('registration-failed', ({ app, error }) => failures.push(`${app} ${error.rejection ?? ''}`));
  await device.start();
  const connection = await linked(s);

  s.gateway.confirming = false;
  const mail = device.app('mail', { onNotification: () => undefined });
  const awaited = mail.registered();
  const { registrations } = await connection.frame();
  connection.send({ rejections: [{ request: registrations![0]!.request, code: 'no-grant' }] });
  await t.rejects(awaited, { code: 'registration-rejected', rejection: 'no-grant' });
  t.same(failures, ['mail no-grant']);
  await t.rejects(mail.registered(), { code: 'registration-rejected' }, 'also when it is asked later');

  const gone = device.app('news', { onNotification: () => undefined });
  const registered = gone.registered();
  gone.remove();
  await t.rejects(registered, { code: 'app-removed' });
  await t.rejects(gone.registered(), { code: 'app-removed' });

  device.remove('chat');
  t.same((await connection.frameWith((frame) => frame.removals !== undefined)).removals, [1]);
  t.same(device.registrations, []);
  t.throws(() => device.app('', { onNotification: () => undefined }), { code: 'bad-option' });
});

await t.test('an app that attaches its handlers late', async (t) => {
  const s = await setting(t);
  const storage = memoryStorage();
  const before = s.make({ storage });
  before.device.app('mail', { onNotification: () => undefined });
  await before.device.start();
  await linked(s);
  await until(() => before.device.registrations.length === 2, 'both are registered');
  await before.device.stop();

  const { device } = s.make({ storage });
  await device.start();
  const connection = await linked(s);
  connection.send({ notifications: [notification(1, 'one', 2), notification(2, 'two', 2)] });
  await quiet(connection);
  const got: string[] = [];
  device.app('mail', { onNotification: ({ text }) => { got.push(text); } });
  connection.send(notify(3, 'three', 2));
  const acknowledged: number[] = [];
  while (acknowledged.length < 3) acknowledged.push(...acks(await connection.frame()));
  t.same(acknowledged, [1, 2, 3]);
  t.same(got, ['one', 'two', 'three'], 'loses nothing and gets all in order');
});

await t.test('missed notifications are told', async (t) => {
  const s = await setting(t);
  const { device } = s.make();
  const missed: number[] = [];
  device.app('chat', { onNotification: () => undefined, onMissed: (count) => { missed.push(count); } });
  await device.start();
  const connection = await linked(s);
  connection.send({ notifications: [{ id: 5, alias: 1, data: new Uint8Array(), missed: 12 }] });
  t.same(acks(await connection.frame()), [5]);
  t.same(missed, [12]);
});

await t.test('what the device says of itself', async (t) => {
  const s = await setting(t);
  const { device } = s.make();
  device.setPresence('away');
  device.setPower('battery-low');
  device.setMinimumUrgency('normal');
  device.networkChanged({ key: 'home', kind: 'wifi', reachable: true, sharedKey: new Uint8Array([1, 2]) });
  device.radioOn();
  await device.start();
  const connection = await s.gateway.connection();
  t.match(await connection.frame(), {
    heartbeat: { presence: 'away', power: 'battery-low', network: 'wifi' },
    settings: { minimumUrgency: 'normal', network: new Uint8Array([1, 2]) },
  }, 'what was said before the start goes in the first frame');
  device.setPresence('online');
  t.match(await connection.frame(), { heartbeat: { presence: 'online' } });
  device.setMinimumUrgency('high');
  t.match(await connection.frame(), { settings: { minimumUrgency: 'high' } });
});

await t.test('alarm windows', async (t) => {
  const s = await setting(t);
  const { device } = s.make({ heartbeat: (memory) => new AdaptiveController({ memory }) });
  t.throws(() => device.setAlarmWindows([{ fromMs: 2, toMs: 1, spacingMs: 0 }]), {
    code: 'bad-option', message: 'alarm window 0: toMs must be fromMs (2) or later, or Infinity, not 1',
  });
  device.setAlarmWindows([{ fromMs: s.time.nowMs() + 7_200_000, toMs: Infinity, spacingMs: 7_200_000 }]);
  await device.start();
  const connection = await s.gateway.connection();
  const { heartbeat } = await connection.frame();
  t.ok(heartbeat !== undefined && heartbeat.promiseSeconds >= 7_190, `${heartbeat?.promiseSeconds} s are promised at once`);
});
