// The whole client when the link, the network, the gateway or the clock misbehaves.

import t from 'tap';

import { limits } from '../../src/core/limits.js';
import type { DeviceNetwork } from '../../src/device/index.js';
import { Proxy } from './proxy.js';
import { acks, intervalMs, linked, notify, quiet, setting, until } from './setting.js';
import type { Watched } from './setting.js';
import type { VirtualTime } from './virtual-time.js';

/** Lets time pass until the device has done what `condition` looks for; says how long it took. */
async function passUntil(time: VirtualTime, condition: () => boolean, what: string, stepMs = 1_000): Promise<number> {
  const fromMs = time.nowMs();
  await until(() => {
    if (condition()) return true;
    time.advance(stepMs);
    return false;
  }, what);
  return time.nowMs() - fromMs;
}

function waitsUntilMs({ device }: Watched): number {
  const { status } = device;
  if (status.state !== 'waiting') throw new Error(`the device is ${status.state}, not waiting`);
  return status.untilMs;
}

await t.test('a link that is cut', async (t) => {
  const s = await setting(t);
  const proxy = await Proxy.listen(s.gateway.port);
  t.teardown(() => proxy.close());
  const watched = s.make({ url: `mqtt://127.0.0.1:${proxy.port}` });
  await watched.device.start();
  await linked(s);

  proxy.swallowingUp = true;
  let sent = 0;
  const sending = watched.device.send('chat', 'at least once').then(() => { sent += 1; });
  await until(() => watched.device.nextWakeMs <= s.time.nowMs() + limits.answerWaitMs, 'it waits for an answer');
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(sent, 0);
  proxy.swallowingUp = false;
  proxy.cut();
  await until(() => watched.device.status.state === 'waiting', 'the cut is noticed');
  t.ok(waitsUntilMs(watched) - s.time.nowMs() <= limits.reconnectBaseMs, 'it comes back after a jittered wait');
  await passUntil(s.time, () => s.gateway.arrived > 0, 'it is back', 100);
  const connection = await s.gateway.connection();
  const { messages } = await connection.frameWith((frame) => frame.messages !== undefined);
  t.same(messages?.map(({ id }) => id), [1]);
  await sending;
  t.equal(sent, 1, 'what had no answer goes up again');
});

await t.test('a gateway that is down', async (t) => {
  const s = await setting(t);
  s.gateway.returnCode = 3;
  const watched = s.make();
  await watched.device.start();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 14; attempt += 1) {
    await s.gateway.connection();
    await until(() => watched.device.status.state === 'waiting', 'it waits');
    waits.push(waitsUntilMs(watched) - s.time.nowMs());
    if (attempt < 13) {
      s.time.advance(waits.at(-1)!);
      await until(() => watched.device.status.state !== 'waiting', 'it tries');
    }
  }
  t.ok(waits.every((wait, attempt) => wait <= Math.min(limits.reconnectCapMs, Math.max(limits.attemptGapMs, limits.reconnectBaseMs * 2 ** attempt))), `full jitter below a growing bound: ${waits.join(' ')}`);
  t.ok(Math.max(...waits) > 60_000, 'it grows');
  t.ok(watched.warnings.every((code) => code === 'connect-failed'));
  s.gateway.returnCode = 0;
  s.time.advance(waits.at(-1)!);
  await linked(s);
  t.pass('and it comes back');
});

await t.test('credentials that are refused', async (t) => {
  const s = await setting(t);
  s.gateway.returnCode = 5;
  const { device, statuses } = s.make();
  const rejected = t.rejects(device.app('chat', { onNotification: () => undefined }).registered(), { code: 'stopped', message: /refused/ });
  await device.start();
  await until(() => statuses.at(-1) === 'stopped: refused', 'it stops');
  await rejected;
  t.equal(s.time.timers, 0, 'it does not try again by itself');
  await t.rejects(device.send('chat', 'x'), { code: 'stopped' });
  s.gateway.returnCode = 0;
  await s.gateway.connection();
  s.time.advance(limits.attemptGapMs);
  await device.start();
  await linked(s);
  t.pass('but when it is asked to');
});

await t.test('a takeover', async (t) => {
  const s = await setting(t);
  const { device, statuses } = s.make();
  device.networkChanged({ key: 'none', kind: 'unknown', reachable: false });
  await device.start();
  // A link this soon after the start of the program may be taken over by an attempt that the last run left behind.
  s.time.advance(limits.ghostMs);
  device.networkChanged({ key: 'home', kind: 'wifi', reachable: true });
  const connection = await linked(s);
  connection.send({ close: { reason: 'taken-over', notBeforeSeconds: 0 } });
  await until(() => statuses.at(-1) === 'stopped: taken-over', 'it stops');
  t.equal(await connection.end(), 'closed');
  s.time.advance(86_400_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(s.gateway.arrived, 0, 'two devices with one id do not throw each other out for ever');
  await t.rejects(device.send('chat', 'x'), { code: 'stopped', message: /taken-over/ });
});

await t.test('a gateway that says when to come back', async (t) => {
  const s = await setting(t);
  const watched = s.make();
  await watched.device.start();
  const connection = await linked(s);
  connection.send({ close: { reason: 'shutting-down', notBeforeSeconds: 60 } });
  await until(() => watched.device.status.state === 'waiting', 'it waits');
  const waitMs = waitsUntilMs(watched) - s.time.nowMs();
  t.ok(waitMs >= 60_000, `${waitMs} ms`);
  s.time.advance(59_999);
  watched.device.radioOn();
  watched.device.wake();
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(s.gateway.arrived, 0, 'not before, whatever else happens');
  s.time.advance(waitMs - 59_999);
  await linked(s);
  t.pass('but then');
});

await t.test('a link that is half open', async (t) => {
  const s = await setting(t);
  const proxy = await Proxy.listen(s.gateway.port);
  t.teardown(() => proxy.close());
  const { device, statuses } = s.make({ url: `mqtt://127.0.0.1:${proxy.port}` });
  await device.start();
  await linked(s);
  await until(() => device.nextWakeMs > s.time.nowMs() + limits.answerWaitMs, 'all is answered');

  proxy.swallow();
  const tookMs = await passUntil(s.time, () => s.gateway.arrived > 0, 'a new link');
  const connection = await s.gateway.connection();
  t.ok(tookMs >= intervalMs && tookMs <= intervalMs + limits.answerWaitMs + 2_000, `the next heartbeat finds out: ${tookMs} ms`);
  await until(() => statuses.length === 4, 'it is linked');
  t.same(statuses, ['connecting', 'linked', 'connecting', 'linked'], 'and a new link is made at once');
  connection.send(notify(1, 'through the new link'));
  t.same(acks(await connection.frameWith((frame) => frame.acks !== undefined)), [1]);
});

await t.test('a network that changes', async (t) => {
  const s = await setting(t);
  let network: DeviceNetwork = { key: 'home', kind: 'wifi', reachable: true };
  let changed: (() => void) | undefined;
  const watched = s.make({
    network: { current: () => network, watch: (callback) => { changed = callback; return () => { changed = undefined; }; } },
  });
  await watched.device.start();
  const first = await s.gateway.connection();
  t.match(await first.frame(), { heartbeat: { network: 'wifi' } });

  s.time.advance(limits.attemptGapMs);
  network = { key: 'away', kind: 'cellular', reachable: true };
  const sent = watched.device.send('chat', 'from the bus');
  t.equal(await first.end(), 'closed', 'is seen before the old one is used in vain');
  const second = await s.gateway.connection();
  t.match(await second.frame(), { heartbeat: { network: 'cellular' } });
  await sent;

  network = { key: 'none', kind: 'unknown', reachable: false };
  changed!();
  t.equal(await second.end(), 'closed');
  t.same(watched.device.status, { state: 'waiting', untilMs: Infinity });
  s.time.advance(86_400_000);
  t.equal(s.time.timers, 0, 'without a network there is nothing to do');

  network = { key: 'home', kind: 'wifi', reachable: true };
  changed!();
  const third = await s.gateway.connection();
  await third.frame();
  watched.device.networkChanged({ key: 'home', kind: 'wifi', reachable: true });
  await quiet(third);
  t.equal(third.happenings, 0, 'the same network again is none that has changed');
  await watched.device.stop();
  t.equal(changed, undefined, 'nobody watches any more');
});

await t.test('a clock that leaps', async (t) => {
  const s = await setting(t);
  const { device, statuses } = s.make();
  await device.start();
  const connection = await linked(s);
  await until(() => device.nextWakeMs > s.time.nowMs() + limits.answerWaitMs, 'all is answered');

  s.time.leap(7_200_000);
  device.wake();
  s.time.advance(0);
  t.ok((await connection.frame()).heartbeat, 'after a sleep the heartbeat is sent at once');
  await until(() => device.nextWakeMs > s.time.nowMs() + limits.answerWaitMs, 'it is answered');

  s.gateway.answering = false;
  s.time.advance(intervalMs);
  const { packetId } = await connection.frame();
  s.time.leap(7_200_000);
  s.time.advance(limits.answerWaitMs);
  connection.answer(packetId);
  connection.answer((await connection.frame()).packetId);
  await until(() => device.nextWakeMs > s.time.nowMs() + limits.answerWaitMs, 'the answers are read');
  t.same(statuses, ['connecting', 'linked'], 'an answer that came while the device slept is found before the link counts as dead');
});

await t.test('a frame that is none', async (t) => {
  const s = await setting(t);
  const { device, warnings } = s.make();
  await device.start();
  const connection = await linked(s);
  connection.sendBytes(new Uint8Array([0xff, 0xff, 0xff]));
  connection.send(notify(1, 'a good one'));
  t.same(acks(await connection.frame()), [1], 'harms nothing else');
  t.same(warnings, ['malformed-frame']);
});

await t.test('start and stop', async (t) => {
  const s = await setting(t);
  const { device, statuses } = s.make();
  await device.stop();
  const starting = device.start();
  await t.rejects(device.start(), { code: 'already-started' });
  await device.stop();
  await starting;
  t.same(statuses.at(-1), 'stopped: asked', 'a stop during the start wins');
  s.time.advance(limits.attemptGapMs);
  await device.start();
  const connection = await linked(s);
  await t.rejects(device.start(), { code: 'already-started' });
  await device.stop();
  t.equal(await connection.end(), 'goodbye');
  s.time.advance(limits.attemptGapMs);
  await device.start();
  await linked(s);
  t.pass('and it starts again');
});
