// Web Push to other services: what is sent is right, and what each answer means.

import t from 'tap';
import type { Test } from 'tap';

import { limits } from '../../src/core/limits.js';
import { OutgoingFence } from '../../src/outgoing/fence.js';
import type { OutgoingPush } from '../../src/ports/push-sender.js';
import { systemClock } from '../../src/ports/clock.js';
import { createVapidKey, vapidKeysOf } from '../../src/push-sender/vapid-keys.js';
import { WebPushSender } from '../../src/push-sender/web-push-sender.js';
import { StandIn } from './stand-in.js';
import type { Browser } from './stand-in.js';
import type { Failure } from '../outgoing/misbehaving.js';

const subject = 'mailto:operator@example.org';

async function setting(t: Test, options: { readonly allow?: readonly string[]; readonly withinMs?: number } = {}) {
  const service = await StandIn.listen(t);
  const fence = new OutgoingFence({ allow: options.allow ?? ['127.0.0.0/8'], ca: service.certificate.cert });
  const keys = vapidKeysOf(createVapidKey());
  const { withinMs } = options;
  const sender = new WebPushSender({ fence, keys, subject, clock: systemClock, ...(withinMs !== undefined && { withinMs }) });
  t.teardown(() => sender.close());
  const browser = await service.subscribe();
  return { service, sender, keys, browser, push: (more: Partial<OutgoingPush> = {}) => pushTo(browser, more) };
}

function pushTo({ subscription: { endpoint, keys } }: Browser, more: Partial<OutgoingPush>): OutgoingPush {
  const [p256dh, auth] = [keys.p256dh, keys.auth].map((text) => new Uint8Array(Buffer.from(text, 'base64url')));
  return {
    to: { endpoint, p256dh: p256dh!, auth: auth! }, data: Buffer.from('Hello'), urgency: 'normal', ttlSeconds: 60, topic: '', ...more,
  };
}

await t.test('a push service that is strict takes what is sent', async (t) => {
  const { service, sender, keys, push, browser } = await setting(t);
  t.strictSame(await sender.send(push({ urgency: 'high', topic: 'chat-1', ttlSeconds: 0 })), { outcome: 'sent' });
  t.strictSame(await sender.send(push({ data: new Uint8Array(limits.outgoingPushBytes).fill(0x61) })), { outcome: 'sent' });
  t.strictSame(service.complaints, []);
  const [first, second] = service.delivered;
  t.strictSame(first, {
    endpoint: browser.subscription.endpoint, text: 'Hello', ttl: 0, urgency: 'high', topic: 'chat-1', subject,
    applicationServerKey: Buffer.from(keys.publicKey).toString('base64url'),
  });
  t.equal(second?.text.length, limits.outgoingPushBytes, 'the most that fits');
  t.equal(second?.topic, undefined);
});

await t.test('each answer says what to do', async (t) => {
  const { service, sender, push } = await setting(t, { withinMs: 400 });
  const date = new Date(Date.now() + 90_000).toUTCString();
  const cases: readonly (readonly [Failure, Awaited<ReturnType<WebPushSender['send']>> | object])[] = [
    [{ status: 200 }, { outcome: 'sent' }], [{ status: 202 }, { outcome: 'sent' }],
    [{ status: 404 }, { outcome: 'gone' }], [{ status: 410 }, { outcome: 'gone' }],
    [{ status: 429, headers: { 'retry-after': '120' } }, { outcome: 'later', reason: /429/, afterSeconds: 120 }],
    [{ status: 503, headers: { 'retry-after': 'soon' } }, { outcome: 'later', afterSeconds: undefined }],
    [{ status: 500 }, { outcome: 'later', reason: /500/ }],
    [{ status: 400, body: 'the endpoint https://secret' }, { outcome: 'refused', reason: 'the push service answered 400' }],
    [{ status: 403 }, { outcome: 'refused' }], [{ status: 413 }, { outcome: 'refused' }],
    [{ status: 307, headers: { location: 'https://127.0.0.1/' } }, { outcome: 'refused', reason: /307/ }],
    ['hang', { outcome: 'later', reason: 'no answer in time' }], ['slow', { outcome: 'later' }], ['reset', { outcome: 'later' }],
    ['endless', { outcome: 'refused', reason: /more than/ }],
  ];
  for (const [failure, outcome] of cases) {
    service.failures.push(failure);
    t.match(await sender.send(push()), outcome, JSON.stringify(failure));
  }
  service.failures.push({ status: 429, headers: { 'retry-after': date } });
  const later = await sender.send(push());
  const seconds = later.outcome === 'later' ? later.afterSeconds ?? 0 : 0;
  t.ok(seconds > 60 && seconds <= 90, `a date: ${seconds} s`);
});

await t.test('what must not or cannot be sent is refused, without a connection', async (t) => {
  const { service, sender, push } = await setting(t, { allow: [] });
  t.match(await sender.send(push()), { outcome: 'refused', reason: 'not a public address' });
  const { to } = push();
  for (const more of [{ to: { ...to, p256dh: new Uint8Array(65) } }, { to: { ...to, auth: new Uint8Array(3) } },
    { data: new Uint8Array(limits.outgoingPushBytes + 1) }]) {
    t.match(await sender.send(push(more)), { outcome: 'refused', reason: /cannot be encrypted/ });
  }
  t.equal(service.requests, 0);
});

await t.test('keys come back as they were', (t) => {
  for (let n = 0; n < 300; n += 1) {
    const key = createVapidKey();
    t.equal(key.length, 32);
    const { publicKey } = vapidKeysOf(key);
    if (publicKey.length !== 65 || publicKey[0] !== 4) t.fail('no uncompressed point');
  }
  t.end();
});
