// The main job on real input: stock app servers, real devices, one gateway, each a process of its own.

import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

import { connectAsync } from 'mqtt';
import t from 'tap';

import { decodeDownFrame } from '../../src/wire/link-codec.js';
import { mosquittoOptions, mosquittoPub, Operator, until } from '../cli/cast.js';
import type { Credentials } from '../cli/cast.js';
import { RunningProgram, startGateway, startLowbeat } from '../cli/processes.js';

t.setTimeout(120_000);
const folder = t.testdir();
const gateway = await startGateway(join(folder, 'data'));
t.teardown(() => gateway.end('SIGKILL'));
const { ports } = gateway;
const operator = new Operator(gateway);
const overTcp = `mqtt://127.0.0.1:${ports.mqttPort}`;
const overWebSocket = `ws://127.0.0.1:${ports.httpPort}/mqtt`;

const chat = await operator.app('chat');
const mail = await operator.app('mail');

interface Event {
  readonly event: string;
  readonly app?: string;
  readonly text?: string;
  readonly state?: string;
}

/** `lowbeat device run` with its events. */
class Device {
  readonly program: RunningProgram;

  constructor(url: string, { id, secret }: Credentials, apps: readonly string[], more: readonly string[] = []) {
    const who = ['--gateway', url, '--id', id, '--token', secret];
    this.program = startLowbeat(['device', 'run', ...who, '--app', ...apps, '--json', ...more]);
  }

  async registered(count = 1): Promise<void> {
    await until(`the device has ${count} apps`, () => this.events('registered').length >= count);
  }

  events(kind: string): Event[] {
    return this.program.lines.map((line) => JSON.parse(line) as Event).filter(({ event }) => event === kind);
  }

  notifications(): string[] {
    return this.events('notification').map(({ app, text }) => `${app}: ${text}`);
  }

  async has(...expected: string[]): Promise<void> {
    await until(`the device has ${expected.join(', ')}, not ${this.notifications().join(', ')}`, () => {
      return this.notifications().length >= expected.length;
    });
  }
}

await t.test('a stock app server reaches every device of the user, by one link each', async (t) => {
  const user = await operator.user('alice');
  const [phone, desktop, plain] = [await operator.device(user), await operator.device(user), await operator.device(user)];
  const uid = await operator.grant(user, chat.id);
  await operator.grant(user, mail.id);
  const first = new Device(overTcp, phone, ['chat', 'mail']);
  const second = new Device(overWebSocket, desktop, ['chat']);
  // A stock client as a device: it registers no app, and gets those that its user allowed.
  const third = new RunningProgram('mosquitto_sub', [
    ...mosquittoOptions(ports, plain), '-t', 'd', '-q', '1', '-F', '%x',
  ]);
  const programs = [first.program, second.program, third];
  t.teardown(() => Promise.all(programs.map((program) => program.end('SIGTERM'))));
  await Promise.all([first.registered(2), second.registered()]);
  await until('three devices are linked', async () => (await operator.metric('links')) === 3);

  const published = await mosquittoPub(ports, chat, `notify/${uid}`, 'dinner is ready');
  t.match(published, { code: 0, stderr: '' });
  await Promise.all([first.has('chat: dinner is ready'), second.has('chat: dinner is ready')]);
  t.same(first.notifications(), ['chat: dinner is ready']);
  t.same(second.notifications(), ['chat: dinner is ready'], 'over WebSocket, too');
  const frame = decodeDownFrame(Buffer.from(await third.line((line) => line !== ''), 'hex'));
  t.match(frame, { ok: true, frame: { notifications: [{ id: 1, data: Buffer.from('dinner is ready') }] } });
  await until('all have acknowledged', async () => (await operator.waiting()) === 0);
  t.equal(await operator.metric('notifications_accepted_total'), 3, 'one for each device');
  t.equal(await operator.metric('notifications_acknowledged_total'), 3);

  await t.test('an app server over WebSocket enters by the other door and means the same', async (t) => {
    const server = await connectAsync(overWebSocket, {
      username: chat.id, password: chat.secret, reconnectPeriod: 0,
    });
    await server.publishAsync(`notify/${uid}?urgency=high&ttl=60`, 'over WebSocket', { qos: 1 });
    await server.endAsync();
    await Promise.all([first.has('', ''), second.has('', '')]);
    t.same(first.notifications().slice(1), ['chat: over WebSocket']);
    t.same(second.notifications().slice(1), ['chat: over WebSocket']);
  });

  await t.test('and over HTTP', async (t) => {
    const response = await fetch(`http://127.0.0.1:${ports.httpPort}/v1/notify/${uid}?urgency=high&ttl=60`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${chat.id}:${chat.secret}`).toString('base64')}` },
      body: 'over HTTP',
    });
    t.match([response.status, await response.json()], [201, { accepted: true }]);
    await Promise.all([first.has('', '', ''), second.has('', '', '')]);
    t.same(first.notifications().slice(2), ['chat: over HTTP']);
    t.same(second.notifications().slice(2), ['chat: over HTTP']);
  });

  await t.test('each app gets its own, and only its own', async (t) => {
    const mailUid = await operator.grant(user, mail.id);
    t.equal((await mosquittoPub(ports, mail, `notify/${mailUid}`, 'you have mail')).code, 0);
    await first.has('', '', '', '');
    t.same(first.notifications().slice(3), ['mail: you have mail']);
    t.equal(second.notifications().length, 3, 'the desktop has no mail app');
    const foreign = await mosquittoPub(ports, mail, `notify/${uid}`, 'not mine to send');
    t.equal(foreign.code, 0, 'an error that is kept for the sender is acknowledged');
    const errors = new RunningProgram('mosquitto_sub', [...mosquittoOptions(ports, mail), '-t', 'error/+', '-q', '1']);
    t.match(JSON.parse(await errors.line((line) => line !== '')), { code: 'unknown-destination' });
    await errors.end('SIGTERM');
  });

  await t.test('the operator sends in the name of the app', async (t) => {
    await startLowbeat(['send', uid, 'maintenance at noon', '--data', gateway.data]).ended();
    await second.has('', '', '', '');
    t.same(second.notifications().slice(3), ['chat: maintenance at noon']);
  });
  await until('all have acknowledged', async () => (await operator.waiting()) === 0);
});

await t.test('a device that was away gets what waited when it comes back', async (t) => {
  const user = await operator.user('bob');
  const phone = await operator.device(user);
  // Whom the user hides from gets no receipt.
  const uid = await operator.grant(user, chat.id, ['notify', 'presence']);
  const state = ['--state', join(folder, 'bob.json')];
  const before = new Device(overTcp, phone, ['chat'], state);
  await before.registered();
  t.equal((await mosquittoPub(ports, chat, `notify/${uid}`, 'before')).code, 0);
  await before.has('chat: before');
  await until('it is acknowledged', async () => (await operator.waiting()) === 0);
  await before.program.end('SIGTERM');
  await until('the device is away', async () => (await operator.metric('links')) === 0);

  const publish = async (options: string, text: string) => {
    t.equal((await mosquittoPub(ports, chat, `notify/${uid}${options}`, text)).code, 0, text);
  };
  await publish('', 'one');
  await publish('?ttl=0', 'now or never');
  await publish('?ttl=1', 'only for a second');
  await publish('?topic=score', '1 : 0');
  await publish('?topic=score', '2 : 0');
  await publish('?id=message-7', 'to be withdrawn');
  t.equal((await mosquittoPub(ports, chat, 'cancel/message-7', '')).code, 0);
  await publish('?id=message-8&receipt=true', 'with a receipt');
  await publish('?id=message-8&receipt=true', 'with a receipt, sent again');
  const over = Date.now() + 1_100;
  await until('the short one is over', () => Date.now() > over);

  const after = new Device(overTcp, phone, ['chat'], state);
  t.teardown(() => after.program.end('SIGTERM'));
  await after.has('', '', '');
  await until('all but what is over are acknowledged', async () => (await operator.waiting()) === 1);
  t.same(after.notifications(), ['chat: one', 'chat: 2 : 0', 'chat: with a receipt']);

  const receipts = new RunningProgram('mosquitto_sub', [
    ...mosquittoOptions(ports, chat), '-t', 'receipt/+', '-q', '1', '-F', '%t %p',
  ]);
  const receipt = await receipts.line((line) => line.startsWith('receipt/message-8 '));
  t.same(JSON.parse(receipt.slice(receipt.indexOf('{'))), { id: 'message-8', state: 'acknowledged' });
  await receipts.end('SIGTERM');
});

await t.test('what the phone says reaches its app server, also one that was away', async (t) => {
  const user = await operator.user('carol');
  const phone = await operator.device(user);
  const uid = await operator.grant(user, chat.id);
  const device = new Device(overTcp, phone, ['chat'], ['--send-stdin']);
  t.teardown(() => device.program.end('SIGTERM'));
  await device.registered();
  device.program.child.stdin?.write('chat on my way\n');
  await until('the gateway has it', async () => (await operator.metric('upstream_accepted_total')) === 1);

  const server = new RunningProgram('mosquitto_sub', [
    ...mosquittoOptions(ports, chat), '-t', 'upstream/+', '-q', '1', '-F', '%t %p',
  ]);
  t.teardown(() => server.end('SIGTERM'));
  t.equal(await server.line((line) => line !== ''), `upstream/${uid} on my way`);
  device.program.child.stdin?.write('chat almost there\n');
  t.equal(await server.line((line) => line !== '', 1), `upstream/${uid} almost there`);
});

await t.test('a command runs for each notification, and one that fails is not acknowledged', async (t) => {
  const user = await operator.user('dave');
  const phone = await operator.device(user);
  const uid = await operator.grant(user, chat.id);
  const marks = join(folder, 'marks');
  createWriteStream(marks).end();
  // Fails the first time.
  const command = `cat >> '${marks}'; echo " $LOWBEAT_APP" >> '${marks}'; [ "$(wc -l < '${marks}')" -gt 1 ]`;
  const waitingBefore = await operator.waiting();
  const device = new Device(overTcp, phone, ['chat'], ['--exec', command]);
  await device.registered();
  t.equal((await mosquittoPub(ports, chat, `notify/${uid}`, 'build 7 failed')).code, 0);
  await device.has('chat: build 7 failed');
  await device.program.end('SIGTERM');
  t.equal(await operator.waiting(), waitingBefore + 1, 'what its handler refused waits');
  const again = new Device(overTcp, phone, ['chat'], ['--exec', command]);
  t.teardown(() => again.program.end('SIGTERM'));
  await again.has('chat: build 7 failed');
  await until('it is acknowledged', async () => (await operator.waiting()) === waitingBefore);
});
