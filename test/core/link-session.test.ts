import t from 'tap';
import { urgencies, type CloseReason, type DownFrame, type Heartbeat, type UpFrame } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import type { LinkSessionAction, WaitingNotification } from '../../src/core/link-session/actions.js';
import { LinkSession, type LinkSessionOptions, type RestingLink } from '../../src/core/link-session/link-session.js';
import { RestingLinks } from '../../src/core/link-session/resting-links.js';
import { DeviceState } from '../../src/core/presence/device-state.js';
import { encodeDownFrame } from '../../src/wire/link-codec.js';

const startMs = Date.UTC(2026, 2, 1);
const beat: Heartbeat = { presence: 'online', power: 'battery', network: 'wifi', promiseSeconds: 300 };
const leaseMs = 300_000 + limits.graceMs;

/** A session with its time; what it asked for is in `actions`. */
class Plan {
  nowMs = startMs;
  session: LinkSession;
  /** How often it came to rest and was woken: whenever it could, as in the gateway. */
  rests = 0;
  readonly #resting = new RestingLinks();
  readonly #holdMs: number;
  actions: LinkSessionAction[] = [];

  constructor(options: Partial<LinkSessionOptions> = {}) {
    this.session = new LinkSession({ nowMs: startMs, minimumUrgency: 'very-low', ...options });
    this.#holdMs = options.holdMs ?? limits.holdMs;
    this.#poll();
    this.do((session, nowMs) => session.onLoaded(nowMs, [], true));
    this.actions = [];
  }

  do(act: (session: LinkSession, nowMs: number) => void): LinkSessionAction[] {
    act(this.session, this.nowMs);
    return this.#poll();
  }

  up(frame: UpFrame): LinkSessionAction[] {
    return this.do((session, nowMs) => session.onFrame(nowMs, frame));
  }

  store(id: number, change: Partial<WaitingNotification> = {}): LinkSessionAction[] {
    return this.do((session, nowMs) => session.onStored(nowMs, notification(this.nowMs, id, change)));
  }

  /** Time passes; what is due happens when it is due. */
  pass(ms: number): LinkSessionAction[] {
    const untilMs = this.nowMs + ms;
    const actions: LinkSessionAction[] = [];
    for (let due = this.session.nextTimeoutMs(); due <= untilMs; due = this.session.nextTimeoutMs()) {
      this.nowMs = due;
      actions.push(...this.do((session, nowMs) => session.onTimeout(nowMs)));
    }
    this.nowMs = untilMs;
    return actions;
  }

  #poll(): LinkSessionAction[] {
    const actions: LinkSessionAction[] = [];
    for (let action = this.session.poll(); action !== undefined; action = this.session.poll()) actions.push(action);
    this.actions.push(...actions);
    const resting = this.session.rest();
    if (resting !== undefined) {
      this.session = LinkSession.woken(this.#resting.take(this.#resting.put(resting)), this.#holdMs);
      this.rests += 1;
    }
    return actions;
  }
}

function notification(nowMs: number, id: number, change: Partial<WaitingNotification> = {}): WaitingNotification {
  return { id, alias: 1, urgency: 'normal', acceptedAtMs: nowMs, expiresAtMs: nowMs + 3_600_000, data: new Uint8Array(3), missed: 0, ...change };
}

function frames(actions: readonly LinkSessionAction[]): DownFrame[] {
  return actions.flatMap((action) => (action.type === 'send' ? [action.frame] : []));
}

function presences(actions: readonly LinkSessionAction[]): string[] {
  return actions.flatMap((action) => (action.type === 'presence' ? [action.presence] : []));
}

function closes(actions: readonly LinkSessionAction[]): string[] {
  return actions.flatMap((action) => (action.type === 'close' ? [action.reason] : []));
}

await t.test('a new session reads what waits; idle and caught up it wants nothing but its lease', (t) => {
  const session = new LinkSession({ nowMs: startMs, minimumUrgency: 'very-low' });
  const load = session.poll();
  t.equal(load?.type, 'load');
  t.equal(session.poll(), undefined);
  session.onLoaded(startMs, [], true);
  session.onFrame(startMs, { heartbeat: beat });
  t.same(session.poll(), { type: 'presence', presence: 'online' });
  t.same(session.poll(), { type: 'clears' });
  t.equal(session.poll(), undefined);
  t.equal(session.nextTimeoutMs(), startMs + leaseMs);
  t.equal(session.leaseUntilMs(), startMs + leaseMs);
  t.same(session.lastHeartbeat, beat);
  t.end();
});

await t.test('presence', async (t) => {
  await t.test('follows the heartbeats, told when it changes', (t) => {
    const plan = new Plan();
    for (const presence of ['online', 'online', 'away', 'away', 'online'] as const) plan.up({ heartbeat: { ...beat, presence } });
    t.same(presences(plan.actions), ['online', 'away', 'online']);
    t.equal(plan.session.presence, 'online');
    t.end();
  });

  await t.test('any frame and any packet renews the lease by the last promise', (t) => {
    for (const life of ['ack', 'packet', 'PUBACK', 'malformed'] as const) {
      const plan = new Plan();
      plan.up({ heartbeat: beat });
      plan.pass(leaseMs - 1);
      if (life === 'ack') plan.up({ acks: [7] });
      if (life === 'packet') plan.do((session, nowMs) => session.onAlive(nowMs));
      if (life === 'PUBACK') plan.do((session, nowMs) => session.onDelivered(nowMs, [7]));
      if (life === 'malformed') plan.do((session, nowMs) => session.onMalformed(nowMs));
      t.equal(plan.session.leaseUntilMs(), plan.nowMs + leaseMs, life);
      plan.pass(leaseMs - 1);
      t.same(presences(plan.actions), ['online'], life);
    }
    t.end();
  });

  await t.test('a later promise counts from its own frame, a shorter one too', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    plan.up({ heartbeat: { ...beat, promiseSeconds: 5 } });
    t.equal(plan.session.leaseUntilMs(), plan.nowMs + 5_000 + limits.graceMs);
    t.end();
  });

  await t.test('the lease runs out while the connection looks open: offline once, and closed', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    t.same(presences(plan.pass(leaseMs - 1)), []);
    const actions = plan.pass(1);
    t.same(presences(actions), ['offline']);
    t.same(closes(actions), ['lease-expired']);
    t.ok(plan.session.over);
    t.notOk(plan.session.linked);
    t.equal(plan.session.presence, 'offline');
    t.equal(plan.session.nextTimeoutMs(), Infinity);
    t.same(plan.do((session, nowMs) => session.onDisconnected(nowMs, 'lost')), [], 'nothing more');
    t.end();
  });

  await t.test('a goodbye: offline at once', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    t.same(plan.do((session, nowMs) => session.onDisconnected(nowMs, 'goodbye')), [{ type: 'presence', presence: 'offline' }]);
    t.ok(plan.session.over);
    t.end();
  });

  await t.test('a lost link: offline after the linger', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    t.same(plan.do((session, nowMs) => session.onDisconnected(nowMs, 'lost')), []);
    t.notOk(plan.session.linked);
    t.notOk(plan.session.over);
    t.equal(plan.session.presence, 'online');
    t.same(plan.pass(limits.lingerMs - 1), []);
    t.same(presences(plan.pass(1)), ['offline']);
    t.ok(plan.session.over);
    t.end();
  });

  await t.test('but never later than the lease', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    plan.pass(leaseMs - 1_000);
    plan.do((session, nowMs) => session.onDisconnected(nowMs, 'lost'));
    t.same(presences(plan.pass(1_000)), ['offline']);
    t.end();
  });

  await t.test('without a first heartbeat: offline, still linked, closed after the longest promise', (t) => {
    const plan = new Plan();
    // The session before may have left the device online.
    const unheardMs = limits.shortestPromiseSeconds * 1000 + limits.graceMs;
    plan.do((session, nowMs) => session.onAlive(nowMs));
    t.same(plan.pass(unheardMs - 1), []);
    t.same(plan.pass(1), [{ type: 'presence', presence: 'offline' }]);
    t.ok(plan.session.linked);
    t.equal(frames(plan.store(1)).length, 1, 'it gets its notifications');
    plan.pass(60_000);
    plan.up({ acks: [1] });
    const silenceMs = limits.promiseSeconds * 1000 + limits.graceMs;
    t.same(plan.pass(silenceMs - 1), []);
    t.same(closes(plan.pass(1)), ['lease-expired']);
    t.same(presences(plan.actions), ['offline'], 'once');
    t.end();
  });

  await t.test('a session that never heard one is over when its connection is', (t) => {
    const plan = new Plan();
    plan.pass(60_000);
    plan.do((session, nowMs) => session.onDisconnected(nowMs, 'lost'));
    t.ok(plan.session.over);
    t.end();
  });

  await t.test('taken over: not a word, linked or lingering', (t) => {
    for (const lingering of [false, true]) {
      const plan = new Plan();
      plan.up({ heartbeat: beat });
      if (lingering) plan.do((session, nowMs) => session.onDisconnected(nowMs, 'lost'));
      plan.actions = [];
      plan.do((session, nowMs) => session.onClose(nowMs, 'taken-over', 0));
      t.ok(plan.session.over);
      plan.up({ heartbeat: { ...beat, presence: 'away' }, acks: [1] });
      plan.store(1);
      plan.do((session, nowMs) => session.onDisconnected(nowMs, 'goodbye'));
      plan.pass(leaseMs * 2);
      t.same(presences(plan.actions), []);
      t.same(closes(plan.actions), lingering ? [] : ['taken-over']);
    }
    t.end();
  });
  t.end();
});

await t.test('a close by the gateway tells the device why, and then', async (t) => {
  const after: readonly (readonly [CloseReason, 'nothing is told' | 'offline at once' | 'offline after the linger'])[] = [
    ['shutting-down', 'nothing is told'],
    ['overloaded', 'offline after the linger'],
    ['store-unavailable', 'offline after the linger'],
    ['removed', 'offline at once'],
  ];
  for (const [reason, expected] of after) {
    await t.test(`${reason}: ${expected}`, (t) => {
      const plan = new Plan();
      plan.up({ heartbeat: beat });
      const actions = plan.do((session, nowMs) => session.onClose(nowMs, reason, 12));
      t.same(frames(actions), [{ close: { reason, notBeforeSeconds: 12 } }]);
      t.same(closes(actions), [reason]);
      t.same(actions.map(({ type }) => type).slice(0, 2), ['send', 'close'], 'in this order');
      t.same(presences(actions), expected === 'offline at once' ? ['offline'] : []);
      t.same(presences(plan.pass(limits.lingerMs)), expected === 'offline after the linger' ? ['offline'] : []);
      t.ok(plan.session.over);
      t.end();
    });
  }
  t.end();
});

await t.test('what comes up becomes actions, in an order that keeps their meaning', (t) => {
  const plan = new Plan();
  const registration = { request: 1, app: 'chat' };
  const message = { id: 1, alias: 2, data: new Uint8Array(2) };
  const actions = plan.up({
    heartbeat: beat, acks: [3, 4], registrations: [registration], removals: [9], messages: [message],
    settings: { minimumUrgency: 'normal', network: Uint8Array.of(1), flowSeconds: 300 },
  });
  t.same(actions, [
    { type: 'presence', presence: 'online' },
    { type: 'acknowledge', ids: [3, 4] },
    { type: 'remove', alias: 9 },
    { type: 'register', registration },
    { type: 'upstream', message },
    { type: 'clears' },
    { type: 'minimum-urgency', urgency: 'normal' },
    { type: 'network', key: Uint8Array.of(1), flowSeconds: 300 },
  ]);
  t.same(plan.up({ settings: { minimumUrgency: 'normal' } }), [], 'the same minimum again is nothing new');
  t.same(
    plan.do((session, nowMs) => session.onRegistered(nowMs, { request: 1, alias: 3, subscription: 'sub_1' })),
    [{ type: 'send', frame: { confirmations: [{ request: 1, alias: 3, subscription: 'sub_1' }] } }],
  );
  t.same(
    plan.do((session, nowMs) => session.onRejected(nowMs, { message: 1, code: 'outbox-full' })),
    [{ type: 'send', frame: { rejections: [{ message: 1, code: 'outbox-full' }] } }],
  );
  t.end();
});

await t.test('what waits goes down in as few frames as the bounds allow, each of which can be written', (t) => {
  const session = new LinkSession({ nowMs: startMs, minimumUrgency: 'very-low' });
  session.poll();
  const full = { data: new Uint8Array(limits.payloadBytes) };
  const waiting = Array.from({ length: 20 }, (_, index) => notification(startMs, index + 1, { alias: 1 + (index % 3), ...(index < 9 && full) }));
  session.onLoaded(startMs, waiting, true);
  const sent: DownFrame[] = [];
  for (let action = session.poll(); action !== undefined; action = session.poll()) if (action.type === 'send') sent.push(action.frame);
  t.same(sent.map((frame) => frame.notifications?.length), [3, 3, 14]);
  for (const frame of sent) t.ok(encodeDownFrame(frame).length <= limits.frameBytes);
  t.end();
});

await t.test('an encrypted payload goes down as such, at once, read from the store and sent again', (t) => {
  const encrypted = { encrypted: true } as const;
  const wanted = { notifications: [{ id: 1, alias: 1, data: new Uint8Array(3), ...encrypted, missed: 0 }] };
  const plan = new Plan();
  t.same(frames(plan.store(1, encrypted)), [wanted]);
  t.same(frames(plan.store(2)), [{ notifications: [{ id: 2, alias: 1, data: new Uint8Array(3), missed: 0 }] }]);
  const due = plan.pass(limits.redeliverMs + 1).find(({ type }) => type === 'load');
  t.match(due, { type: 'load' });
  const again = plan.do((session, nowMs) => session.onLoaded(nowMs, [notification(startMs, 1, encrypted)], true));
  t.same(frames(again), [wanted]);
  const session = new LinkSession({ nowMs: startMs, minimumUrgency: 'very-low' });
  session.poll();
  session.onLoaded(startMs, [notification(startMs, 1, encrypted)], true);
  t.same(session.poll(), { type: 'send', frame: wanted });
  t.end();
});

await t.test('a count of missed ones goes down with the item that it began with, at once and read from the store', (t) => {
  const data = new Uint8Array(0);
  const first = { data, missed: 3 };
  const grown = { data, missed: 4, missedFrom: 5 };
  const plan = new Plan();
  t.strictSame(frames(plan.store(5, first)), [{ notifications: [{ id: 5, alias: 1, ...first }] }]);
  t.strictSame(frames(plan.store(9, grown)), [{ notifications: [{ id: 9, alias: 1, ...grown }] }]);
  const session = new LinkSession({ nowMs: startMs, minimumUrgency: 'very-low' });
  session.poll();
  session.onLoaded(startMs, [notification(startMs, 9, grown)], true);
  t.strictSame(session.poll(), { type: 'send', frame: { notifications: [{ id: 9, alias: 1, ...grown }] } });
  t.end();
});

await t.test('advice', async (t) => {
  const tight = { freshnessSeconds: 60 };
  const slack = { freshnessSeconds: 600 };

  await t.test('goes at once when it asks for more than was promised', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    plan.pass(60_000);
    t.same(frames(plan.do((session, nowMs) => session.onAdvice(nowMs, tight))), [{ advice: tight }]);
    t.end();
  });

  await t.test('else it rides along, and only the last', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    plan.pass(60_000);
    for (const advice of [slack, { freshnessSeconds: 0 }]) t.same(plan.do((session, nowMs) => session.onAdvice(nowMs, advice)), []);
    t.same(frames(plan.store(1))[0]?.advice, { freshnessSeconds: 0 });
    plan.pass(60_000);
    plan.do((session, nowMs) => session.onAdvice(nowMs, slack));
    t.same(frames(plan.up({ acks: [1] })), [{ advice: slack }]);
    t.end();
  });
  t.end();
});

await t.test('a slow reader', async (t) => {
  await t.test('gets nothing until it reads again, and then everything', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    plan.do((session, nowMs) => session.onBlocked(nowMs));
    plan.store(1);
    plan.do((session, nowMs) => session.onRegistered(nowMs, { request: 1, alias: 3, subscription: 'sub_1' }));
    plan.do((session, nowMs) => session.onAdvice(nowMs, { freshnessSeconds: 5 }));
    t.same(frames(plan.actions), []);
    const actions = plan.do((session, nowMs) => session.onWritable(nowMs));
    t.equal(frames(actions)[0]?.confirmations?.length, 1);
    t.equal(actions.at(-1)?.type, 'load');
    t.same(frames(plan.do((session, nowMs) => session.onLoaded(nowMs, [notification(startMs, 1)], true)))[0]?.notifications?.length, 1);
    t.end();
  });

  await t.test('is closed when it does not read for too long', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    plan.do((session, nowMs) => session.onBlocked(nowMs));
    plan.pass(limits.blockedMs / 2);
    plan.do((session, nowMs) => session.onBlocked(nowMs));
    t.same(closes(plan.pass(limits.blockedMs / 2 - 1)), []);
    t.same(closes(plan.pass(1)), ['too-slow']);
    t.end();
  });

  await t.test('is closed when too many answers wait for it', (t) => {
    const plan = new Plan();
    plan.do((session, nowMs) => session.onBlocked(nowMs));
    for (let count = 0; count < limits.blockedItems; count += 1) plan.do((session, nowMs) => session.onRejected(nowMs, { message: 1, code: 'outbox-full' }));
    t.same(closes(plan.actions), []);
    plan.do((session, nowMs) => session.onRejected(nowMs, { message: 1, code: 'outbox-full' }));
    t.same(closes(plan.actions), ['too-slow']);
    t.end();
  });
  t.end();
});

await t.test('malformed frames are borne up to the bound', (t) => {
  const plan = new Plan();
  for (let count = 0; count < limits.malformedFrames; count += 1) plan.do((session, nowMs) => session.onMalformed(nowMs));
  t.same(closes(plan.actions), []);
  t.ok(plan.session.linked);
  t.same(closes(plan.do((session, nowMs) => session.onMalformed(nowMs))), ['too-many-malformed-frames']);
  t.end();
});

await t.test('a flood of frames is closed, a burst is not', (t) => {
  const plan = new Plan();
  for (let count = 0; count < limits.deviceFrameBurst; count += 1) plan.up({ heartbeat: beat });
  t.same(closes(plan.actions), []);
  t.same(closes(plan.up({ heartbeat: beat })), ['too-many-frames']);
  t.notOk(plan.session.linked);

  const steady = new Plan();
  const everyMs = 1000 / limits.deviceFramesPerSecond;
  for (let count = 0; count < 10 * limits.deviceFrameBurst; count += 1) {
    steady.up({ heartbeat: beat });
    steady.pass(everyMs);
  }
  t.same(closes(steady.actions), [], 'the admitted rate may last');
  t.end();
});

await t.test('a clock that steps back neither expires nor admits anything early', (t) => {
  const plan = new Plan();
  plan.up({ heartbeat: beat });
  plan.nowMs -= 60_000;
  plan.up({ acks: [1] });
  t.same(closes(plan.actions), []);
  t.equal(plan.session.presence, 'online');
  t.end();
});

await t.test('the state of one device', async (t) => {
  await t.test('says offline once', (t) => {
    const device = new DeviceState({ nowMs: 0 });
    t.equal(device.presence, 'offline');
    t.ok(device.onHeartbeat(0, 'online', 10));
    t.notOk(device.onHeartbeat(0, 'online', 10));
    t.notOk(device.onDisconnected(5_000, 'lost'));
    t.equal(device.deadlineMs, 5_000 + limits.lingerMs);
    t.equal(device.onTimeout(5_000 + limits.lingerMs - 1), undefined);
    t.equal(device.onTimeout(5_000 + limits.lingerMs), 'offline');
    t.equal(device.onTimeout(1e9), undefined);
    t.notOk(device.onDisconnected(1e9, 'goodbye'));
    t.equal(device.deadlineMs, Infinity);
    t.end();
  });

  await t.test('a connection that is lost after the lease ran out ends at once', (t) => {
    const device = new DeviceState({ nowMs: 0 });
    device.onHeartbeat(0, 'online', 10);
    t.ok(device.onDisconnected(10_000 + limits.graceMs, 'lost'));
    t.end();
  });
  t.end();
});

await t.test('at rest', async (t) => {
  await t.test('an idle session keeps what it was, in numbers', (t) => {
    const links = new RestingLinks();
    const kept: { readonly place: number; readonly link: RestingLink }[] = [];
    // Every word there is, more links than one block holds, and places that are used again.
    for (let number = 0; number < 5_000; number += 1) {
      const link = restingLink(number);
      kept.push({ place: links.put(link), link });
      if (number % 3 !== 0) continue;
      const [gone] = kept.splice((number * 7) % kept.length, 1);
      t.same(links.take(gone?.place ?? -1), gone?.link, `link ${number}`);
    }
    t.equal(new Set(kept.map(({ place }) => place)).size, kept.length, 'each has a place of its own');
    for (const { place, link } of kept) t.same(links.take(place), link);
    t.throws(() => links.take(1_000_000), /there is no place/);
    t.end();
  });

  await t.test('it comes to rest when nothing is under way, and only then', (t) => {
    const plan = new Plan();
    plan.up({ heartbeat: beat });
    t.ok(plan.session.rest(), 'idle');
    plan.store(1);
    t.equal(plan.session.rest(), undefined, 'in flight');
    plan.up({ acks: [1] });
    t.ok(plan.session.rest(), 'acknowledged');
    plan.pass(limits.radioOnMs);
    plan.store(2, { urgency: 'low' });
    t.equal(plan.session.rest(), undefined, 'held');
    plan.up({ heartbeat: beat });
    t.equal(plan.session.rest(), undefined, 'asked for');
    plan.do((session, nowMs) => session.onLoaded(nowMs, [notification(nowMs, 2)], true));
    plan.up({ acks: [2] });
    plan.do((session, nowMs) => session.onLoaded(nowMs, [], true));
    t.ok(plan.session.rest(), 'caught up');
    plan.do((session, nowMs) => session.onBlocked(nowMs));
    t.equal(plan.session.rest(), undefined, 'blocked');
    plan.do((session, nowMs) => session.onWritable(nowMs));
    plan.do((session, nowMs) => session.onDisconnected(nowMs, 'lost'));
    t.equal(plan.session.rest(), undefined, 'lingering');
    t.ok(plan.rests > 3);
    t.end();
  });
});

/** Numbers that are all different, and words that go through all there are. */
function restingLink(number: number): RestingLink {
  const pick = <Word>(words: readonly Word[], divisor: number): Word => words[Math.floor(number / divisor) % words.length] as Word;
  const promiseSeconds = 30 + number;
  return {
    device: {
      presence: pick(['online', 'away', 'offline'] as const, 1),
      heard: pick([true, false], 2), unanswered: pick([false, true], 3), promiseSeconds, leaseUntilMs: startMs + number / 8,
    },
    delivery: {
      minimumUrgency: pick(urgencies, 1), cursorId: number, latestId: number + 2 ** 40, radioOnUntilMs: number % 2 === 0 ? -Infinity : startMs + number,
    },
    told: pick([undefined, 'online', 'away', 'offline'] as const, 5),
    heartbeat: number % 7 === 0 ? undefined : {
      presence: pick(['online', 'away'] as const, 2),
      power: pick(['unknown', 'battery', 'battery-low', 'charging'] as const, 1),
      network: pick(['unknown', 'wifi', 'cellular', 'wired', 'other'] as const, 1),
      promiseSeconds,
    },
    frameCredit: number / 3, frameCreditAtMs: startMs - number, malformed: number % (limits.malformedFrames + 1), spoken: pick([true, false], 4),
  };
}
