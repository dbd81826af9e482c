// `lowbeat device run` as a process, against a gateway that does as it is told.

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import t from 'tap';
import type { Test } from 'tap';
import webPush from 'web-push';

import type { NotificationItem, Registration } from '../../src/core/frames.js';
import type { AppRegistration, PushKeys } from '../../src/device/index.js';
import { selfSigned } from '../device/certificate.js';
import { ScriptedGateway } from '../device/scripted-gateway.js';
import type { ScriptedGatewayOptions } from '../device/scripted-gateway.js';
import { encrypted } from '../device/sender.js';
import { acks, linked, notify, until } from '../device/setting.js';

const program = join(import.meta.dirname, '../../../bin/lowbeat.js');

interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** The next line of standard output. */
  readonly line: () => Promise<string>;
  readonly event: () => Promise<Record<string, unknown>>;
  /** The next event of a kind, others passed over. */
  readonly eventOf: (kind: string) => Promise<Record<string, unknown>>;
  readonly end: () => Promise<{ readonly code: number | null; readonly errors: string }>;
}

function run(t: Test, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [program, 'device', 'run', ...args], { env: { ...process.env, ...env } });
  t.teardown(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const errors = text(child.stderr);
  const ended = once(child, 'close') as Promise<[number | null]>;
  async function line(): Promise<string> {
    const next = await lines.next();
    if (next.done === true) throw new Error(`it ended: ${await errors}`);
    return next.value;
  }
  async function event(): Promise<Record<string, unknown>> {
    return JSON.parse(await line()) as Record<string, unknown>;
  }
  return {
    child, line, event,
    async eventOf(kind) {
      for (;;) {
        const next = await event();
        if (next.event === kind) return next;
      }
    },
    async end() {
      const [code] = await ended;
      return { code, errors: await errors };
    },
  };
}

async function listen(t: Test, options?: ScriptedGatewayOptions): Promise<ScriptedGateway> {
  const gateway = await ScriptedGateway.listen(options);
  t.teardown(() => gateway.close());
  return gateway;
}

function flags(gateway: ScriptedGateway, scheme = 'mqtt'): string[] {
  return ['--gateway', `${scheme}://localhost:${gateway.port}`, '--id', 'dev_1', '--token', 'secret', '--app', 'chat'];
}

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lowbeat-device-run-'));
  t.teardown(() => rm(path, { recursive: true }));
  return path;
}

await t.test('as JSON', async (t) => {
  const gateway = await listen(t);
  const { child, event, end } = run(t, [...flags(gateway), 'mail', '--json', '--interval', '30', '--minimum-urgency', 'normal', '--send-stdin']);
  const connection = await gateway.connection();
  t.match(await connection.frame(), {
    heartbeat: { promiseSeconds: 30 }, settings: { minimumUrgency: 'normal' }, registrations: [{ app: 'chat' }, { app: 'mail' }],
  });
  t.same(await event(), { event: 'status', state: 'connecting' });
  t.same(await event(), { event: 'status', state: 'linked' });
  const registered = await event();
  t.same(Object.keys(registered), ['event', 'app', 'subscription', 'endpoint', 'keys']);
  t.match(registered, {
    event: 'registered', app: 'chat', subscription: 'sub_chat', endpoint: 'https://gateway.example/push/chat',
    keys: { p256dh: /^[\w-]{87}$/, auth: /^[\w-]{22}$/ },
  });
  t.match(await event(), { event: 'registered', app: 'mail' });

  connection.send(notify(1, 'größer\n'));
  t.same(await event(), { event: 'notification', app: 'chat', id: 1, text: 'größer\n', bytes: Buffer.from('größer\n').toString('base64url') });
  t.same(acks(await connection.frame()), [1]);
  connection.send({ notifications: [{ id: 2, alias: 2, data: new Uint8Array(), missed: 5 }] });
  t.same(await event(), { event: 'missed', app: 'mail', count: 5 });
  t.same(acks(await connection.frame()), [2]);

  child.stdin.write('mail what goes up\nnonsense\nnews x\n');
  const { messages } = await connection.frame();
  t.equal(messages![0]!.alias, 2);
  t.equal(new TextDecoder().decode(messages![0]!.data), 'what goes up');

  child.kill('SIGTERM');
  t.equal(await connection.end(), 'goodbye');
  const { code, errors } = await end();
  t.equal(code, 0);
  t.match(errors, /^lowbeat: a line to send is .*\nlowbeat: not sent to news: this device has no app "news"/);
});

await t.test('for people', async (t) => {
  const gateway = await listen(t);
  const { child, line, end } = run(t, flags(gateway).filter((flag) => flag !== '--token' && flag !== 'secret'), { LOWBEAT_DEVICE_TOKEN: 'secret' });
  const connection = await linked({ gateway });
  t.same(connection.connect!.password, Buffer.from('secret'), 'the token may come where other users of the machine do not see it');
  t.equal(await line(), 'connecting');
  t.match(await line(), /^at most \d+ (s|min) of silence$/, 'how long it will be silent on this network');
  t.equal(await line(), 'linked');
  t.match(await line(), /^chat is registered: https:\/\/gateway.example\/push\/chat, p256dh [\w-]{87}, auth [\w-]{22}$/);
  connection.send(notify(1, '\u001b[2Jtwo\nlines \u202e 👩\u200d🚀'));
  t.equal(await line(), 'chat 1: \\u{1b}[2Jtwo\\u{a}lines \\u{202e} 👩\u200d🚀', 'what a stranger sent does not steer the terminal');
  child.kill('SIGINT');
  t.equal(await connection.end(), 'goodbye');
  t.match(await end(), { code: 0, errors: '' });
});

await t.test('Web Push', async (t) => {
  const gateway = await listen(t);
  const state = join(await folder(t), 'state.json');
  let keys: PushKeys | undefined;
  function item(id: number, text: string): NotificationItem {
    return { id, alias: 1, data: encrypted(keys!, text), encrypted: true, missed: 0 };
  }

  await t.test('is decrypted, and what cannot be is told', async (t) => {
    const { child, eventOf, end } = run(t, [...flags(gateway), '--json', '--state', state]);
    const connection = await linked({ gateway });
    ({ keys } = await eventOf('registered') as unknown as AppRegistration);
    connection.send({ notifications: [item(1, 'größer')] });
    t.same(await eventOf('notification'), {
      event: 'notification', app: 'chat', id: 1, text: 'größer', bytes: Buffer.from('größer').toString('base64url'),
    });
    t.same(acks(await connection.frame()), [1]);
    connection.send({ notifications: [{ ...item(2, 'x'), data: new Uint8Array(200) }] });
    t.match(await eventOf('undecryptable'), { app: 'chat', id: 2, code: 'bad-record-size', message: /record size/ });
    t.same(acks(await connection.frame()), [2]);
    child.kill('SIGTERM');
    t.match(await end(), { code: 0, errors: '' });
  });

  await t.test('or handed on as it came, with the keys of the last run', async (t) => {
    const { child, eventOf, end } = run(t, [...flags(gateway), '--json', '--state', state, '--raw', '--exec', 'cat']);
    const connection = await linked({ gateway });
    t.match(await eventOf('registered'), { keys });
    const sent = item(3, 'sealed');
    connection.send({ notifications: [sent] });
    t.match(await eventOf('notification'), { id: 3, bytes: Buffer.from(sent.data).toString('base64url'), encrypted: true });
    t.same(acks(await connection.frame()), [3]);
    child.kill('SIGTERM');
    const { errors } = await end();
    t.notMatch(errors, /sealed/);
  });

  await t.test('from the holder of a key only', async (t) => {
    const key = webPush.generateVAPIDKeys().publicKey;
    const other = webPush.generateVAPIDKeys().publicKey;
    const one = run(t, [...flags(gateway), '--vapid', key]);
    const first = await gateway.connection();
    t.same((await first.frame()).registrations?.map(keyOf), [`chat ${key}`]);
    one.child.kill('SIGTERM');
    await one.end();
    const three = run(t, [...flags(gateway), 'mail', 'news', '--vapid', `mail=${key}=`, '--vapid', `chat=${other}`]);
    const second = await gateway.connection();
    t.same((await second.frame()).registrations?.map(keyOf), [`chat ${other}`, `mail ${key}`, 'news none'], 'each app its own');
    three.child.kill('SIGTERM');
    await three.end();
  });
});

function keyOf({ app, applicationServerKey: key }: Registration): string {
  return `${app} ${key === undefined ? 'none' : Buffer.from(key).toString('base64url')}`;
}

await t.test('with a command for each notification', async (t) => {
  const gateway = await listen(t);
  const path = await folder(t);
  const command = `cat > ${path}/"$LOWBEAT_APP-$LOWBEAT_ID"; echo "it runs"; test -e ${path}/allowed`;
  const { child, eventOf, end } = run(t, [...flags(gateway), '--json', '--exec', command]);
  const connection = await linked({ gateway });
  connection.send(notify(7, 'the payload'));
  await eventOf('notification');
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString(); });
  await until(() => errors.includes('status 1'), 'it fails');
  t.equal(connection.happenings, 0, 'a command that fails has not handled it');
  await writeFile(join(path, 'allowed'), '');
  connection.send(notify(7, 'the payload'));
  t.same(acks(await connection.frame()), [7]);
  t.equal(await readFile(join(path, 'chat-7'), 'utf8'), 'the payload');
  child.kill('SIGTERM');
  t.match(await end(), { code: 0, errors: /it runs/ }, 'what it prints does not get between the lines of JSON');
});

await t.test('with a state', async (t) => {
  const gateway = await listen(t);
  const state = join(await folder(t), 'state.json');
  for (const round of [1, 2]) {
    const { child, eventOf, end } = run(t, [...flags(gateway), '--json', '--state', state]);
    const connection = await linked({ gateway });
    connection.send(notify(round, `round ${round}`));
    t.match(await eventOf('notification'), { id: round });
    t.same(acks(await connection.frame()), [round]);
    connection.send(notify(1, 'round 1'));
    t.same(acks(await connection.frame()), [1], 'what was handled once is only acknowledged');
    child.kill('SIGTERM');
    t.match(await end(), { code: 0 });
  }
});

await t.test('over TLS', async (t) => {
  const certificate = selfSigned();
  const gateway = await listen(t, { tls: certificate });
  const ca = join(await folder(t), 'ca.pem');
  await writeFile(ca, certificate.cert);
  const { child, end } = run(t, [...flags(gateway, 'mqtts'), '--ca', ca]);
  const connection = await linked({ gateway });
  child.kill('SIGTERM');
  t.equal(await connection.end(), 'goodbye');
  t.match(await end(), { code: 0 });
});

await t.test('errors', async (t) => {
  const gateway = await listen(t);
  const common = flags(gateway);
  const vapid = webPush.generateVAPIDKeys().publicKey;
  for (const [args, code, message] of [
    [[...common, '--interval', '0'], 2, /1 to 16383 seconds/],
    [[...common, '--minimum-urgency', 'urgent'], 2, /very-low, low, normal, high/],
    [[...common, '--ca', '/missing.pem'], 2, /--ca: ENOENT/],
    [[...common, '--vapid', 'x'], 2, /--vapid.*must be a VAPID public key, 65 bytes in base64url/],
    [[...common, '--vapid', `chat=${vapid.slice(1)}`], 2, /must be a VAPID public key/],
    [[...common, '--vapid', webPush.generateVAPIDKeys().privateKey], 2, /must be a VAPID public key/],
    [[...common, 'mail', '--vapid', vapid], 2, /--vapid: there are 2 apps: say NAME=KEY/],
    [[...common, '--vapid', `mail=${vapid}`], 2, /--vapid: "mail" is none of the apps of --app \(chat\)/],
    [[...common, '--vapid', vapid, '--vapid', vapid], 2, /--vapid: "chat" has one already/],
    [['--gateway', 'http://localhost', ...common.slice(2)], 2, /url must be like mqtt:/],
    [common.slice(0, 4), 2, /--token/],
    [[...common, '--state', '/missing/state.json'], 1, /ENOENT/],
  ] as const) {
    const { end } = run(t, args, { LOWBEAT_DEVICE_TOKEN: undefined });
    const ended = await end();
    t.match(ended, { code, errors: message });
    t.match(ended.errors, /^lowbeat: /);
  }

  gateway.returnCode = 5;
  t.match(await run(t, common).end(), { code: 1, errors: /refused the device id or its token/ });
  await gateway.connection();

  gateway.returnCode = 0;
  const { end } = run(t, common);
  const connection = await linked({ gateway });
  connection.send({ close: { reason: 'removed', notBeforeSeconds: 0 } });
  t.match(await end(), { code: 1, errors: /the device was removed/ });
});
