import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import type { DeviceAgentState } from '../../src/core/device-agent/actions.js';
import { limits } from '../../src/core/limits.js';
import { Alarm } from '../../src/device/alarm.js';
import { applicationServerKey } from '../../src/device/application-server-key.js';
import { longestDelayMs, steadyClock } from '../../src/device/clock.js';
import { Dispatcher } from '../../src/device/dispatcher.js';
import type { Notification } from '../../src/device/dispatcher.js';
import { DeviceError } from '../../src/device/errors.js';
import { fileStorage } from '../../src/device/file-storage.js';
import { parseGatewayUrl } from '../../src/device/gateway-url.js';
import { localStorageStorage } from '../../src/device/local-storage.js';
import { sameNetwork } from '../../src/device/network.js';
import { nodeNetwork } from '../../src/device/node-network.js';
import type { Interfaces } from '../../src/device/node-network.js';
import { checkOptions } from '../../src/device/options.js';
import { StateKeeper } from '../../src/device/state-keeper.js';
import { formatState, parseState } from '../../src/device/storage.js';
import { textOf } from '../../src/device/warnings.js';
import type { DeviceWarning } from '../../src/device/warnings.js';
import { VirtualTime } from './virtual-time.js';

await t.test('a steady clock', (t) => {
  let wallMs = 1_000_000;
  let monotonicMs = 50;
  const clock = steadyClock({ wallMs: () => wallMs, monotonicMs: () => monotonicMs });
  function pass(wall: number, monotonic = wall): number {
    wallMs += wall;
    monotonicMs += monotonic;
    return clock.nowMs();
  }
  t.equal(clock.nowMs(), 1_000_000, 'begins with the wall clock');
  t.equal(pass(500), 1_000_500);
  t.equal(pass(-3_600_000, 1_000), 1_001_500, 'does not go back when the clock is set back');
  t.equal(pass(3_600_000, 1_000), 1_002_500, 'nor leaps when it is set right again');
  t.equal(pass(1_500, 0), 1_002_500, 'a time service that slews is no leap');
  t.equal(pass(7_200_000, 0), 8_202_000, 'a sleep during which the monotonic clock stood is time that passed');
  t.end();
});

await t.test('an alarm', (t) => {
  const time = new VirtualTime();
  let due = 0;
  const alarm = new Alarm({ clock: time, timer: time, onDue: () => { due += 1; } });

  alarm.set(time.nowMs() + 1_000);
  time.advance(999);
  t.equal(due, 0);
  time.advance(1);
  t.equal(due, 1, 'rings at its instant');
  t.equal(time.timers, 0);

  alarm.set(time.nowMs() + 40 * 86_400_000);
  time.advance(longestDelayMs);
  t.equal(due, 1, 'one above 24.8 days does not ring with the timer that is as long as timers can be');
  time.advance(40 * 86_400_000 - longestDelayMs);
  t.equal(due, 2);

  alarm.set(time.nowMs() + 60_000);
  alarm.set(Infinity);
  t.equal(time.timers, 0, 'set to Infinity leaves no timer');

  alarm.set(time.nowMs() + 60_000);
  time.leap(3_600_000);
  time.advance(59_999);
  t.equal(due, 2);
  alarm.set(alarm.atMs);
  time.advance(0);
  t.equal(due, 3, 'setting it again after a sleep finds that it is due');
  t.end();
});

function dispatcher(): { readonly time: VirtualTime; readonly dispatch: Dispatcher; readonly undecryptable: string[]; readonly handled: string[]; readonly warnings: string[] } {
  const time = new VirtualTime();
  const handled: string[] = [];
  const warnings: string[] = [];
  const undecryptable: string[] = [];
  return {
    time, handled, warnings, undecryptable,
    dispatch: new Dispatcher({
      timer: time,
      // Slower for a larger body, so that an order which is not kept shows.
      decrypt: async (_app, body) => {
        for (let step = 0; step < body.length; step += 1) await Promise.resolve();
        if (body[0] === 0) throw new DeviceError({ code: 'decryption-failed', message: 'not for this one' });
        if (body[0] === 1) throw new TypeError('a fault of ours');
        return body.map((byte) => byte ^ 0x20);
      },
      onUndecryptable: ({ app, id, error }) => undecryptable.push(`${app} ${id} ${error.code}`),
      onHandled: (id, done) => handled.push(`${id} ${done ? 'handled' : 'not'}`),
      onHandledByUser: (app, id) => handled.push(`${app} ${id} by its user`),
      onWarning: ({ code }) => warnings.push(code),
    }),
  };
}

function delivery(app: string, id: number, missed = 0): Parameters<Dispatcher['deliver']>[0] {
  return { app, id, missed, data: missed > 0 ? new Uint8Array() : new TextEncoder().encode(`message ${id}`) };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

await t.test('dispatch', async (t) => {
  await t.test('to the handler of the app, and handled when its promise has resolved', async (t) => {
    const { dispatch, handled, time } = dispatcher();
    const ends: (() => void)[] = [];
    const got: string[] = [];
    dispatch.attach('chat', { onNotification: ({ app, id, text }) => { got.push(`${app} ${id} ${text}`); } });
    dispatch.attach('mail', { onNotification: () => new Promise((resolve) => ends.push(resolve)) });
    dispatch.deliver(delivery('mail', 1));
    dispatch.deliver(delivery('chat', 2));
    await settle();
    t.same(got, ['chat 2 message 2']);
    t.same(handled, ['2 handled']);
    ends[0]!();
    await settle();
    t.same(handled, ['2 handled', '1 handled']);
    t.equal(time.timers, 0);
  });

  await t.test('a handler that throws or rejects has not handled', async (t) => {
    const { dispatch, handled, warnings, time } = dispatcher();
    dispatch.attach('chat', {
      onNotification: ({ id }) => {
        if (id === 1) throw new Error('thrown');
        return Promise.reject(new Error('rejected'));
      },
    });
    for (const id of [1, 2]) dispatch.deliver(delivery('chat', id));
    await settle();
    t.same(handled, ['1 not', '2 not']);
    t.same(warnings, ['handler-failed', 'handler-failed']);
    t.equal(time.timers, 0);
  });

  await t.test('a handler that takes too long is told of, and its late end is passed on', async (t) => {
    const { dispatch, handled, warnings, time } = dispatcher();
    const ends: (() => void)[] = [];
    dispatch.attach('chat', { onNotification: () => new Promise((resolve) => ends.push(resolve)) });
    dispatch.deliver(delivery('chat', 1));
    time.advance(limits.handlerMs - 1);
    t.same(warnings, []);
    time.advance(1);
    t.same(warnings, ['handler-too-slow']);
    ends[0]!();
    await settle();
    t.same(handled, ['1 handled']);
  });

  await t.test('tells how many were missed, and an app that does not care has handled it', async (t) => {
    const { dispatch, handled } = dispatcher();
    const missed: number[] = [];
    dispatch.attach('chat', { onNotification: () => undefined, onMissed: (count) => { missed.push(count); } });
    dispatch.attach('mail', { onNotification: () => { t.fail('a notice of dropped ones is no notification'); } });
    dispatch.deliver(delivery('chat', 1, 7));
    dispatch.deliver(delivery('mail', 2, 8));
    await settle();
    t.same(missed, [7]);
    t.same(handled, ['1 handled', '2 handled']);
  });

  await t.test('decrypted, in order, unless the app asked for the raw bytes', async (t) => {
    const { dispatch, handled } = dispatcher();
    const got: unknown[] = [];
    const onNotification = ({ id, text, encrypted }: Notification): void => { got.push([id, text, encrypted]); };
    dispatch.attach('chat', { onNotification });
    dispatch.attach('mail', { onNotification }, { raw: true });
    dispatch.deliver({ ...delivery('chat', 1), data: new TextEncoder().encode('sECRET'), encrypted: true });
    await settle();
    dispatch.deliver(delivery('chat', 2));
    dispatch.deliver({ ...delivery('mail', 3), encrypted: true });
    dispatch.deliver(delivery('mail', 4));
    await settle();
    t.same(got, [[1, 'Secret', undefined], [2, 'message 2', undefined], [3, 'message 3', true], [4, 'message 4', undefined]]);
    t.same(handled, ['1 handled', '2 handled', '3 handled', '4 handled']);
  });

  await t.test('what cannot be decrypted is told and counts as handled; a fault of ours does not', async (t) => {
    const { dispatch, handled, warnings, undecryptable, time } = dispatcher();
    dispatch.attach('chat', { onNotification: () => { t.fail('there is nothing to read'); } });
    dispatch.deliver({ ...delivery('chat', 1), data: Uint8Array.of(0, 1), encrypted: true });
    dispatch.deliver({ ...delivery('chat', 2), data: Uint8Array.of(1, 1), encrypted: true });
    await settle();
    t.same(undecryptable, ['chat 1 decryption-failed']);
    t.same(handled, ['1 handled', '2 not']);
    t.same(warnings, ['handler-failed']);
    t.equal(time.timers, 0);
  });

  await t.test('an app that is detached gets nothing', async (t) => {
    const { dispatch, handled, time } = dispatcher();
    dispatch.attach('chat', { onNotification: () => { t.fail('it has left'); } });
    dispatch.detach('chat');
    dispatch.deliver(delivery('chat', 1));
    await settle();
    t.same(handled, []);
    t.equal(time.timers, 0);
  });
});

function thrown(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

await t.test('gateway URLs', (t) => {
  t.same(parseGatewayUrl('mqtt://gateway.example'), { protocol: 'mqtt', host: 'gateway.example', port: 1883, path: '/' });
  t.same(parseGatewayUrl('MQTTS://Gateway.example:443/'), { protocol: 'mqtts', host: 'gateway.example', port: 443, path: '/' });
  t.same(parseGatewayUrl('ws://[::1]:8080'), { protocol: 'ws', host: '[::1]', port: 8080, path: '/mqtt' });
  t.same(parseGatewayUrl('wss://h/other?a=b'), { protocol: 'wss', host: 'h', port: 443, path: '/other?a=b' });
  for (const text of ['', 'gateway.example', 'http://h', 'mqtt://', 'mqtt://h:0', 'mqtt://h:65536', 'mqtt://h:x', 'mqtt://h/path', 'ws://h/a b', 'ws://h/#f']) {
    t.throws(() => parseGatewayUrl(text), { code: 'bad-option', message: /url must be like mqtt:/ }, text);
  }
  t.notMatch(thrown(() => parseGatewayUrl('mqtt://me:secret@h')), /secret/, 'a secret in it is not repeated');
  t.end();
});

await t.test('options', (t) => {
  const good = { url: 'mqtt://h', id: 'dev_1', token: 'secret' };
  t.doesNotThrow(() => checkOptions(good));
  for (const wrong of [{ id: '' }, { token: '' }, { token: 'x'.repeat(257) }, { answerWaitMs: 0 }, { answerWaitMs: NaN }, { answerWaitMs: Infinity }]) {
    t.throws(() => checkOptions({ ...good, ...wrong }), { code: 'bad-option', message: new RegExp(Object.keys(wrong)[0]!) });
  }
  t.notMatch(thrown(() => checkOptions({ ...good, token: 's3cret'.repeat(99) })), /s3cret/);
  const key = new Uint8Array(65).fill(251);
  key[0] = 4;
  const text = Buffer.from(key).toString('base64url');
  t.same(applicationServerKey({ applicationServerKey: key }), key);
  t.same(applicationServerKey({ applicationServerKey: text }), key);
  t.equal(applicationServerKey({}), undefined);
  for (const wrong of [new Uint8Array(65), key.slice(1), text.slice(2), '*']) {
    t.throws(() => applicationServerKey({ applicationServerKey: wrong }), DeviceError);
  }
  t.end();
});

const state = {
  version: 1, apps: [{ app: 'chat', alias: 1, subscription: 'sub_1', endpoint: 'https://h/p/1' }], handled: [1, 2], removals: [4],
  nextMessageId: 9, messages: [{ id: 8, app: 'chat', data: 'aGVsbG8=' }], heartbeat: { any: ['thing'] },
} as const;

await t.test('stored state', (t) => {
  t.same(parseState('dev_1', formatState('dev_1', state, [])), { ok: true, state, keys: [] });
  t.same(parseState('dev_1', JSON.stringify({ device: 'dev_1', state })), { ok: true, state, keys: [] }, 'a text from before there were keys');
  t.match(parseState('dev_2', formatState('dev_1', state, [])), { ok: false, reason: /another device/ });
  t.match(parseState('dev_1', ''), { ok: false });
  t.match(parseState('dev_1', formatState('dev_1', state, []).slice(0, -9)), { ok: false });
  const wrongs = {
    version: 2, apps: [{ app: '', alias: 1, subscription: 's' }], handled: [-1], removals: [0.5], nextMessageId: '1',
    messages: [{ id: 1, app: 'chat', data: '*' }],
  };
  for (const [field, value] of Object.entries(wrongs)) {
    const text = JSON.stringify({ device: 'dev_1', state: { ...state, [field]: value } });
    t.match(parseState('dev_1', text), { ok: false, reason: new RegExp(`^state\\.${field}`) });
  }
  t.end();
});

await t.test('stored counts of missed ones', (t) => {
  const one = { app: 'chat', from: 5, count: 3 };
  const counted = { ...state, missedTold: [one, { app: 'mail', from: 6, count: 1 }] };
  t.same(parseState('dev_1', formatState('dev_1', counted, [])), { ok: true, state: counted, keys: [] });
  const tooMany = new Array<typeof one>(limits.subscriptionsPerDevice + 1).fill(one);
  for (const missedTold of [{}, [{ ...one, app: '' }], [{ ...one, from: 0 }], [{ ...one, count: 2 ** 32 }], [{ ...one, count: 0 }], [null], tooMany]) {
    const text = JSON.stringify({ device: 'dev_1', state: { ...state, missedTold } });
    t.match(parseState('dev_1', text), { ok: false, reason: 'state.missedTold is not a list of counts' });
  }
  t.end();
});

await t.test('stored keys', (t) => {
  const keys = { app: 'chat', subscription: 'sub_1', p256dh: 'B'.repeat(87), auth: 'A'.repeat(22), d: '_'.repeat(43) };
  t.same(parseState('dev_1', formatState('dev_1', state, [keys])), { ok: true, state, keys: [keys] });
  for (const [field, value] of [['app', ''], ['subscription', 1], ['p256dh', 'B'.repeat(86)], ['auth', '*'], ['d', undefined]] as const) {
    const text = JSON.stringify({ device: 'dev_1', state, keys: [{ ...keys, [field]: value }] });
    t.match(parseState('dev_1', text), { ok: false, reason: 'keys is not a list of keys' }, field);
  }
  t.match(parseState('dev_1', JSON.stringify({ device: 'dev_1', state, keys: {} })), { ok: false });
  for (const other of [{ app: 'mail' }, { subscription: 'sub_0' }]) {
    const text = formatState('dev_1', state, [{ ...keys, ...other }]);
    t.same(parseState('dev_1', text), { ok: true, state, keys: [] }, 'those of no present subscription are forgotten');
  }
  t.end();
});

await t.test('the state of all is written by one, one write at a time', async (t) => {
  const writes: { readonly text: string; readonly end: (error?: Error) => void }[] = [];
  const warnings: DeviceWarning[] = [];
  let apps = 1;
  const keeper = new StateKeeper({
    device: 'dev_1',
    storage: {
      load: () => Promise.resolve(undefined),
      save: (text) => new Promise((resolve, reject) => {
        writes.push({ text, end: (error) => { if (error === undefined) resolve(); else reject(error); } });
      }),
    },
    state: () => ({ ...state, nextMessageId: 100 }),
    keys: () => Array.from({ length: apps }, () => ({ app: 'chat', subscription: 'sub_1', p256dh: '', auth: '', d: '' })),
    onWarning: (warning) => warnings.push(warning),
  });
  const parsed = (index: number): unknown => {
    const { state: { nextMessageId }, keys } = JSON.parse(writes[index]!.text) as { state: DeviceAgentState; keys: unknown[] };
    return [nextMessageId, keys.length];
  };
  const order: string[] = [];
  const first = keeper.save().then(() => order.push('first'));
  await settle();
  t.same(parsed(0), [100, 1], 'before the agent has said anything it is asked');
  const second = keeper.saveState({ ...state, nextMessageId: 101 }).then(() => order.push('second'));
  apps = 2;
  const third = keeper.save().then(() => order.push('third'));
  await settle();
  t.equal(writes.length, 1, 'a write waits for the one before');
  writes[0]!.end();
  await first;
  await settle();
  t.equal(writes.length, 2, 'what came meanwhile shares one');
  t.same(parsed(1), [101, 2]);
  t.same(order, ['first']);
  writes[1]!.end(new Error('disk full'));
  await Promise.all([second, third]);
  t.match(warnings, [{ code: 'state-not-saved', message: /disk full/ }]);
  const fourth = keeper.save();
  await settle();
  writes[2]!.end(new Error('disk full'));
  await fourth;
  await keeper.settled();
  t.equal(warnings.length, 1, 'told once');
});

await t.test('storage in a file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lowbeat-device-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'state.json');
  const storage = fileStorage(path);
  t.equal(await storage.load(), undefined, 'is empty at first');
  await storage.save('one');
  await storage.save('two');
  t.equal(await storage.load(), 'two');
  t.equal((await stat(path)).mode & 0o777, 0o600);

  await writeFile(`${path}.next`, 'half of a te', { mode: 0o644 });
  t.equal(await fileStorage(path).load(), 'two', 'what a crash left half written is passed over');
  await storage.save('three');
  t.equal((await stat(path)).mode & 0o777, 0o600, 'and lends its mode to nothing');

  const aside = await storage.setAside!();
  t.equal(await readFile(aside, 'utf8'), 'three');
  t.equal(await storage.load(), undefined);

  await t.rejects(fileStorage(join(folder, 'missing', 'state.json')).load(), { code: 'ENOENT' }, 'a folder that is not there is told at once');
  if (process.getuid?.() !== 0) {
    await chmod(folder, 0o500);
    await t.rejects(storage.load(), { code: 'EACCES' });
    await chmod(folder, 0o700);
  }
});

await t.test('storage in localStorage', async (t) => {
  const kept = new Map<string, string>();
  const storage = localStorageStorage('lowbeat', {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => {
      if (value === 'too much') throw new Error('QuotaExceededError');
      kept.set(key, value);
    },
    removeItem: (key) => { kept.delete(key); },
  });
  t.equal(await storage.load(), undefined);
  await storage.save('one');
  t.equal(await storage.load(), 'one');
  await t.rejects(storage.save('too much'), /Quota/);
  t.equal(await storage.setAside!(), 'lowbeat.damaged');
  t.same([...kept], [['lowbeat.damaged', 'one']]);
});

function address(text: string, netmask: string, internal = false): NetworkInterfaceInfo {
  const common = { address: text, netmask, internal, mac: '00:00:00:00:00:00', cidr: null };
  return text.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
}

await t.test('the network as Node sees it', (t) => {
  function network(interfaces: Interfaces): ReturnType<ReturnType<typeof nodeNetwork>['current']> & object {
    return nodeNetwork({ interfaces: () => interfaces }).current()!;
  }
  const loopback = { lo: [address('127.0.0.1', '255.0.0.0', true)] };
  const home = network({ ...loopback, wlan0: [address('192.168.1.20', '255.255.255.0'), address('2001:db8:1:2:aaaa::1', 'ffff:ffff:ffff:ffff::')] });
  t.match(home, { kind: 'wifi', reachable: true });
  t.notMatch(home.key, /192|wlan/);
  t.ok(sameNetwork(home, network({ wlan0: [address('2001:db8:1:2:bbbb::9', 'ffff:ffff:ffff:ffff::'), address('192.168.1.77', '255.255.255.0')] })), 'another address in it is the same network');
  t.notOk(sameNetwork(home, network({ wlan0: [address('10.0.0.20', '255.255.255.0')] })));
  t.match(network({ rmnet0: [address('10.1.2.3', '255.255.255.252')] }), { kind: 'cellular' });
  t.match(network({ enp3s0: [address('10.1.2.3', '255.255.255.0')] }), { kind: 'wired' });
  t.match(network({ tun0: [address('10.1.2.3', '255.255.255.0')] }), { kind: 'other' });
  t.match(network({ ...loopback, docker0: [address('172.17.0.1', '255.255.0.0')], eth0: [address('fe80::1', 'ffff:ffff:ffff:ffff::')] }), { reachable: false });
  t.end();
});

await t.test('what an error says', (t) => {
  t.equal(textOf(new Error('clear')), 'clear');
  t.equal(textOf(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })), 'ECONNREFUSED');
  t.equal(textOf(new TypeError()), 'TypeError');
  t.equal(textOf('thrown as it is'), 'thrown as it is');
  t.end();
});
