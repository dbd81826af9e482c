import t from 'tap';
import { decide, type DecisionInput } from '../../src/core/delivery/decision.js';
import { LinkDelivery } from '../../src/core/delivery/link-delivery.js';
import type { NotificationItem, Urgency } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import type { WaitingNotification } from '../../src/core/link-session/actions.js';

const minute = 60_000;

await t.test('the decision over one notification', (t) => {
  const at: DecisionInput = {
    nowMs: 1_000_000, urgency: 'low', acceptedAtMs: 1_000_000, expiresAtMs: 1_000_000 + 60 * minute, minimumUrgency: 'very-low',
    holdMs: 10 * minute, radioOn: false,
  };
  const cases: readonly (readonly [what: string, change: Partial<DecisionInput>, decision: string])[] = [
    ['high goes now', { urgency: 'high' }, 'deliver'],
    ['normal goes now', { urgency: 'normal' }, 'deliver'],
    ['low is held for the bound', { urgency: 'low' }, 'hold 600000'],
    ['very-low as well', { urgency: 'very-low' }, 'hold 600000'],
    ['the bound counts from acceptance', { acceptedAtMs: 1_000_000 - 4 * minute }, 'hold 360000'],
    ['held for so long, it goes', { acceptedAtMs: 1_000_000 - 10 * minute }, 'deliver'],
    ['with the radio on it rides along', { radioOn: true }, 'deliver'],
    ['held until shortly before its TTL ends', { expiresAtMs: 1_000_000 + 5 * minute }, `hold ${5 * minute - limits.holdMarginMs}`],
    ['a TTL too short to hold', { expiresAtMs: 1_000_000 + limits.holdMarginMs }, 'deliver'],
    ['at the end of its TTL it is expired', { expiresAtMs: 1_000_000, urgency: 'high' }, 'drop expired'],
    ['just before it is not', { expiresAtMs: 1_000_001, urgency: 'high' }, 'deliver'],
    ['below the minimum it waits', { urgency: 'low', minimumUrgency: 'normal' }, 'wait'],
    ['also with the radio on', { urgency: 'low', minimumUrgency: 'normal', radioOn: true }, 'wait'],
    ['at the minimum it goes', { urgency: 'normal', minimumUrgency: 'normal' }, 'deliver'],
    ['expired comes before waiting', { minimumUrgency: 'high', expiresAtMs: 1_000_000 }, 'drop expired'],
  ];
  for (const [what, change, expected] of cases) {
    const decision = decide({ ...at, ...change });
    const text = decision.type === 'hold' ? `hold ${decision.untilMs - at.nowMs}` : decision.type === 'drop' ? `drop ${decision.reason}` : decision.type;
    t.equal(text, expected, what);
  }
  t.end();
});

/** A device's waiting notifications, and one link's view of them. The store answers when the plan says so. */
class Plan {
  nowMs = 1_000_000;
  readonly delivery: LinkDelivery;
  readonly waiting: WaitingNotification[] = [];
  /** Ids in the order in which they went down. */
  sent: number[] = [];
  loads = 0;
  #nextId = 1;

  constructor(options: { readonly minimumUrgency?: Urgency; readonly holdMs?: number; readonly waiting?: readonly Urgency[]; readonly settled?: boolean } = {}) {
    this.delivery = new LinkDelivery({ minimumUrgency: options.minimumUrgency ?? 'very-low', holdMs: options.holdMs ?? 10 * minute });
    for (const urgency of options.waiting ?? []) this.put(urgency);
    if (options.settled !== false) this.load();
  }

  put(urgency: Urgency, change: Partial<WaitingNotification> = {}): WaitingNotification {
    const notification: WaitingNotification = {
      id: this.#nextId, alias: 1, urgency, acceptedAtMs: this.nowMs, expiresAtMs: this.nowMs + 60 * minute, data: new Uint8Array(3), missed: 0,
      ...change,
    };
    this.#nextId += 1;
    this.waiting.push(notification);
    return notification;
  }

  /** Stores and tells; what it sets off goes down at once, the store's answers included. */
  store(urgency: Urgency, change: Partial<WaitingNotification> = {}): number {
    const notification = this.put(urgency, change);
    const item = this.delivery.onStored(this.nowMs, notification);
    if (item !== undefined) this.#note([item]);
    this.load();
    return notification.id;
  }

  /** Tells what will be stored; whether it went down. */
  foretell(urgency: Urgency, change: Partial<WaitingNotification> = {}): { readonly notification: WaitingNotification; readonly went: boolean } {
    const notification = this.put(urgency, change);
    // Not in the store yet.
    this.waiting.pop();
    const item = this.delivery.onForetold(this.nowMs, notification);
    if (item !== undefined) this.#note([item]);
    return { notification, went: item !== undefined };
  }

  /** What was foretold is stored. */
  stored(notification: WaitingNotification): void {
    this.waiting.push(notification);
    const item = this.delivery.onStored(this.nowMs, notification);
    if (item !== undefined) this.#note([item]);
    this.load();
  }

  /** Answers loads until none is wanted. */
  load(): void {
    for (let load = this.delivery.takeLoad(); load !== undefined; load = this.delivery.takeLoad()) {
      this.loads += 1;
      if (this.loads > 1_000) throw new Error('loads without end');
      const { afterId, limit } = load;
      const found = this.waiting.filter(({ id }) => id > afterId).slice(0, limit);
      this.#note(this.delivery.onLoaded(this.nowMs, found, found.length < limit));
    }
  }

  acknowledge(...ids: number[]): void {
    for (const id of ids) this.waiting.splice(this.waiting.findIndex((one) => one.id === id), 1);
    this.delivery.onAcknowledged(ids);
    this.delivery.onRadioOn(this.nowMs);
    this.load();
  }

  frameUp(): void {
    this.delivery.onRadioOn(this.nowMs);
    this.load();
  }

  /** Time passes; what is due happens when it is due. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let due = this.delivery.deadlineMs(); due <= untilMs; due = this.delivery.deadlineMs()) {
      this.nowMs = Math.max(this.nowMs, due);
      this.delivery.onTimeout(this.nowMs);
      this.load();
    }
    this.nowMs = untilMs;
  }

  #note(items: readonly NotificationItem[]): void {
    this.sent.push(...items.map(({ id }) => id));
  }
}

await t.test('a new link brings everything that is admitted, in the order of ids', (t) => {
  const plan = new Plan({ waiting: ['low', 'high', 'very-low', 'normal'], minimumUrgency: 'low' });
  t.same(plan.sent, [1, 2, 4]);
  t.end();
});

await t.test('caught up, an urgent one goes straight through, without the store', (t) => {
  const plan = new Plan();
  const before = plan.loads;
  plan.store('normal');
  plan.store('high');
  t.same(plan.sent, [1, 2]);
  t.equal(plan.loads, before, 'nothing was read');
  t.end();
});

await t.test('holding', async (t) => {
  await t.test('unhurried ones wait for a frame up', (t) => {
    const plan = new Plan();
    plan.store('low');
    plan.store('very-low');
    plan.pass(9 * minute);
    t.same(plan.sent, []);
    plan.frameUp();
    t.same(plan.sent, [1, 2]);
    t.end();
  });

  await t.test('they go along with a more urgent one, and before it if it is of the same app', (t) => {
    const plan = new Plan();
    plan.store('low', { alias: 1 });
    plan.store('low', { alias: 2 });
    plan.store('high', { alias: 2 });
    t.same(plan.sent, [1, 2, 3]);
    t.end();
  });

  await t.test('an urgent one of another app does not wait for the store', (t) => {
    const plan = new Plan();
    plan.store('low', { alias: 1 });
    plan.store('high', { alias: 2 });
    t.same(plan.sent, [2, 1]);
    t.end();
  });

  await t.test('while the radio is on nothing is held', (t) => {
    const plan = new Plan();
    plan.frameUp();
    plan.pass(limits.radioOnMs - 1);
    plan.store('low');
    t.same(plan.sent, [1]);
    plan.pass(limits.radioOnMs);
    plan.store('low');
    t.same(plan.sent, [1], 'the one that went down kept it on for as long again, and no longer');
    t.end();
  });

  await t.test('at the latest after the bound, and then all of them', (t) => {
    const plan = new Plan({ holdMs: 10 * minute });
    plan.store('low');
    plan.pass(4 * minute);
    plan.store('low');
    plan.pass(6 * minute - 1);
    t.same(plan.sent, []);
    plan.pass(1);
    t.same(plan.sent, [1, 2]);
    t.end();
  });

  await t.test('never past the TTL', (t) => {
    const plan = new Plan({ holdMs: 60 * minute });
    plan.store('low', { expiresAtMs: plan.nowMs + 5 * minute });
    plan.pass(5 * minute - limits.holdMarginMs - 1);
    t.same(plan.sent, []);
    plan.pass(1);
    t.same(plan.sent, [1]);
    t.end();
  });

  await t.test('one that was cancelled does not turn the radio on', (t) => {
    const plan = new Plan({ holdMs: 10 * minute });
    plan.store('low');
    plan.pass(5 * minute);
    plan.store('low');
    plan.waiting.shift();
    plan.delivery.onWithdrawn();
    plan.pass(5 * minute);
    t.same(plan.sent, [], 'the second one has its own time');
    plan.pass(5 * minute);
    t.same(plan.sent, [2]);
    t.end();
  });
  t.end();
});

await t.test('what expired while it waited is not sent, and what comes behind it is', (t) => {
  const plan = new Plan({ settled: false });
  plan.put('high', { expiresAtMs: plan.nowMs + 10 });
  plan.put('high');
  plan.pass(10);
  plan.load();
  t.same(plan.sent, [2]);
  t.end();
});

await t.test('the minimum urgency', async (t) => {
  await t.test('lowered: what waited comes, in order, and is not sent twice', (t) => {
    const plan = new Plan({ minimumUrgency: 'normal' });
    plan.store('low');
    plan.store('normal');
    plan.store('very-low');
    t.same(plan.sent, [2]);
    plan.delivery.onMinimumUrgency('low');
    plan.frameUp();
    t.same(plan.sent, [2, 1]);
    t.end();
  });

  await t.test('raised: holds from now on, for held ones too', (t) => {
    const plan = new Plan();
    plan.store('low');
    plan.delivery.onMinimumUrgency('normal');
    plan.frameUp();
    plan.store('low');
    plan.store('normal');
    t.same(plan.sent, [3]);
    t.end();
  });

  await t.test('lowered while an answer is under way: that answer is judged by the new one', (t) => {
    const plan = new Plan({ minimumUrgency: 'high', waiting: ['normal', 'high'], settled: false });
    const load = plan.delivery.takeLoad()!;
    plan.delivery.onMinimumUrgency('normal');
    const items = plan.delivery.onLoaded(plan.nowMs, plan.waiting, plan.waiting.length < load.limit);
    t.same(items.map(({ id }) => id), [1, 2]);
    t.end();
  });
  t.end();
});

await t.test('the window', async (t) => {
  const apps = (count: number) => ({ alias: count });

  await t.test('no more are in flight than it holds; acknowledgements bring the rest, several at a time', (t) => {
    const plan = new Plan({ settled: false });
    for (let index = 0; index < 100; index += 1) plan.put('normal', apps(1 + (index % 8)));
    plan.load();
    t.equal(plan.sent.length, limits.inFlight);
    plan.acknowledge(1);
    t.equal(plan.sent.length, limits.inFlight, 'not for a single one');
    const before = plan.loads;
    for (let id = 2; id <= 8; id += 1) plan.acknowledge(id);
    t.equal(plan.sent.length, limits.inFlight + 8);
    t.equal(plan.loads, before + 1);
    while (plan.waiting.length > 0) plan.acknowledge(...plan.sent.filter((id) => plan.waiting.some((one) => one.id === id)));
    t.same(plan.sent, Array.from({ length: 100 }, (_, index) => index + 1), 'each once, in order');
    t.end();
  });

  await t.test('a new one is left to the store while the window is full, and comes in its turn', (t) => {
    const plan = new Plan();
    for (let index = 0; index < limits.inFlight; index += 1) plan.store('normal', apps(1 + (index % 8)));
    plan.store('high', apps(9));
    t.equal(plan.sent.length, limits.inFlight);
    plan.acknowledge(1, 2, 3, 4, 5, 6, 7, 8);
    t.equal(plan.sent.at(-1), limits.inFlight + 1);
    t.end();
  });

  await t.test('one app has its share of it, and does not stop the others', (t) => {
    const plan = new Plan({ settled: false });
    for (let index = 0; index < 40; index += 1) plan.put('normal', apps(1));
    plan.put('normal', apps(2));
    plan.load();
    t.same(plan.sent, [...Array.from({ length: limits.inFlightPerApp }, (_, index) => index + 1), 41]);
    plan.store('high', apps(1));
    plan.store('high', apps(2));
    t.equal(plan.sent.at(-1), 43, 'the app that has its share does not overtake itself');
    t.notOk(plan.sent.includes(42));
    plan.acknowledge(1, 2, 3, 4, 5, 6, 7, 8);
    t.same(plan.sent.slice(-8), [17, 18, 19, 20, 21, 22, 23, 24], 'half of it answered, it goes on where it stopped');
    t.end();
  });

  await t.test('what left the store needs no acknowledgement', (t) => {
    const plan = new Plan();
    for (let index = 0; index < limits.inFlight; index += 1) plan.store('normal', apps(1 + (index % 8)));
    plan.waiting.splice(0);
    plan.delivery.onWithdrawn();
    plan.pass(limits.redeliverMs);
    plan.store('normal', apps(1));
    t.equal(plan.sent.length, limits.inFlight + 1);
    t.end();
  });
  t.end();
});

await t.test('without an acknowledgement', async (t) => {
  await t.test('it is sent again after a while, and not for ever', (t) => {
    const plan = new Plan();
    plan.store('normal');
    plan.pass(limits.redeliverMs - 1);
    t.same(plan.sent, [1]);
    plan.pass(1);
    t.same(plan.sent, [1, 1]);
    plan.pass(20 * limits.redeliverMs);
    t.equal(plan.sent.length, 1 + limits.redeliveries);
    t.equal(plan.delivery.deadlineMs(), Infinity, 'nothing is due any more');
    plan.store('normal');
    t.equal(plan.sent.at(-1), 2, 'it takes no room any more');
    t.end();
  });

  await t.test('an acknowledgement ends it, also while the store is read', (t) => {
    const plan = new Plan();
    plan.store('normal');
    plan.nowMs += limits.redeliverMs;
    plan.delivery.onTimeout(plan.nowMs);
    t.ok(plan.delivery.takeLoad());
    plan.delivery.onAcknowledged([1]);
    t.same(plan.delivery.onLoaded(plan.nowMs, plan.waiting, true), []);
    t.end();
  });

  await t.test('an expired one is not sent again', (t) => {
    const plan = new Plan();
    plan.store('normal', { expiresAtMs: plan.nowMs + limits.redeliverMs });
    plan.pass(10 * limits.redeliverMs);
    t.same(plan.sent, [1]);
    t.end();
  });
  t.end();
});

await t.test('paused: nothing is sent or read or due; resumed, it goes on', (t) => {
  const plan = new Plan();
  plan.store('normal');
  plan.delivery.pause();
  plan.store('high');
  plan.store('low');
  t.equal(plan.delivery.deadlineMs(), Infinity);
  plan.pass(10 * limits.redeliverMs);
  t.same(plan.sent, [1]);
  plan.delivery.resume();
  plan.load();
  t.same(plan.sent, [1, 2, 3]);
  t.end();
});

await t.test('answers of the store that are of no use', async (t) => {
  await t.test('paused meanwhile: read again later', (t) => {
    const plan = new Plan({ waiting: ['normal'], settled: false });
    plan.delivery.takeLoad();
    plan.delivery.pause();
    t.same(plan.delivery.onLoaded(plan.nowMs, plan.waiting, true), []);
    plan.delivery.resume();
    plan.load();
    t.same(plan.sent, [1]);
    t.end();
  });

  await t.test('something was withdrawn meanwhile: read again', (t) => {
    const plan = new Plan({ waiting: ['normal', 'normal'], settled: false });
    plan.delivery.takeLoad();
    const old = [...plan.waiting];
    plan.waiting.shift();
    plan.delivery.onWithdrawn();
    t.same(plan.delivery.onLoaded(plan.nowMs, old, true), []);
    plan.load();
    t.same(plan.sent, [2]);
    t.end();
  });

  await t.test('one was stored meanwhile: it comes with the next, in order', (t) => {
    const plan = new Plan({ waiting: ['normal'], settled: false });
    plan.delivery.takeLoad();
    const old = [...plan.waiting];
    plan.store('high');
    t.same(plan.delivery.onLoaded(plan.nowMs, old, true).map(({ id }) => id), [1]);
    plan.load();
    t.same(plan.sent, [2]);
    t.end();
  });

  await t.test('one that is reported late was read, sent and acknowledged before: it does not come again', (t) => {
    const plan = new Plan({ settled: false });
    for (let count = 0; count < limits.inFlightPerApp + 1; count += 1) plan.put('normal');
    const late = plan.put('normal', { alias: 2 });
    plan.load();
    t.equal(plan.sent.at(-1), late.id);
    // The share of the first app is free again: what was passed over is read anew, and what the other app had is gone by then.
    plan.acknowledge(late.id, ...plan.sent.slice(0, limits.inFlightPerApp));
    t.equal(plan.sent.at(-1), limits.inFlightPerApp + 1);
    t.equal(plan.delivery.onStored(plan.nowMs, late), undefined);
    t.end();
  });

  await t.test('one that was reported and is not in the store ends the search', (t) => {
    const plan = new Plan({ settled: false });
    plan.delivery.takeLoad();
    plan.delivery.onStored(plan.nowMs, plan.put('high'));
    plan.waiting.splice(0);
    plan.delivery.onLoaded(plan.nowMs, [], true);
    plan.load();
    t.ok(plan.loads <= 2, 'no endless reading');
    plan.store('high');
    t.same(plan.sent, [2]);
    t.end();
  });
  t.end();
});

await t.test('what is being stored', async (t) => {
  await t.test('it goes down at once, and is counted once it is stored', (t) => {
    const plan = new Plan();
    const { notification, went } = plan.foretell('normal');
    t.ok(went);
    t.same(plan.sent, [1]);
    t.equal(plan.delivery.rest(), undefined, 'it is in flight');
    plan.stored(notification);
    t.same(plan.sent, [1], 'and not once more');
    plan.acknowledge(1);
    t.match(plan.delivery.rest(), { cursorId: 1, latestId: 1 });
    t.end();
  });

  await t.test('acknowledged before it is stored, it does not come again, and the link does not rest before', (t) => {
    const plan = new Plan();
    const { notification } = plan.foretell('high');
    plan.delivery.onAcknowledged([1]);
    t.equal(plan.delivery.rest(), undefined);
    plan.delivery.onStored(plan.nowMs, notification);
    t.match(plan.delivery.rest(), { cursorId: 1, latestId: 1 });
    t.same(plan.sent, [1]);
    t.end();
  });

  await t.test('not stored after all, it needs no acknowledgement, and the next one goes', (t) => {
    const plan = new Plan();
    const { notification } = plan.foretell('normal');
    plan.delivery.onNotStored(notification.id);
    t.not(plan.delivery.rest(), undefined);
    plan.pass(limits.redeliverMs * 2);
    plan.store('normal');
    t.same(plan.sent, [1, 2]);
    t.end();
  });

  await t.test('one that was not sent, and is not stored, leaves nothing', (t) => {
    const plan = new Plan({ minimumUrgency: 'high' });
    const { notification, went } = plan.foretell('normal');
    t.notOk(went);
    plan.delivery.onNotStored(notification.id);
    t.not(plan.delivery.rest(), undefined);
    t.end();
  });

  const left: readonly (readonly [what: string, begin: () => Plan, urgency?: Urgency, change?: Partial<WaitingNotification>])[] = [
    ['on a link that has not read what waits', () => new Plan({ settled: false })],
    ['while that is read', () => {
      const plan = new Plan({ settled: false });
      plan.delivery.takeLoad();
      return plan;
    }],
    ['for a slow reader', () => {
      const plan = new Plan();
      plan.delivery.pause();
      return plan;
    }],
    ['that is not hurried', () => new Plan(), 'low'],
    ['below the minimum', () => new Plan({ minimumUrgency: 'high' })],
    ['of an app that does not ring', () => {
      const plan = new Plan();
      plan.delivery.onQuiet(new Set([1]));
      return plan;
    }],
    ['at the end of its time', () => new Plan(), 'normal', { expiresAtMs: 1_000_000 }],
    ['that tells of others which were dropped', () => new Plan(), 'high', { missed: 2 }],
    ['while others are held, which would have to go along', () => {
      const plan = new Plan();
      plan.store('low', { alias: 2 });
      return plan;
    }],
    ['of an app with its share in flight', () => {
      const plan = new Plan();
      for (let count = 0; count < limits.inFlightPerApp; count += 1) plan.store('normal');
      return plan;
    }],
    ['while an app has more than its share, which comes first when it has room', () => {
      const plan = new Plan();
      for (let count = 0; count <= limits.inFlightPerApp; count += 1) plan.store('normal', { alias: 2 });
      return plan;
    }],
    ['with a full window', () => {
      const plan = new Plan();
      for (let count = 0; count < limits.inFlight; count += 1) plan.store('normal', { alias: 2 + Math.floor(count / limits.inFlightPerApp) });
      return plan;
    }],
  ];
  for (const [what, begin, urgency = 'normal', change = {}] of left) {
    await t.test(`one ${what} is left until it is stored`, (t) => {
      const plan = begin();
      const before = [...plan.sent];
      const { notification, went } = plan.foretell(urgency, change);
      t.notOk(went);
      t.same(plan.sent, before);
      // As if it had not been foretold.
      const other = begin();
      const twin = other.put(urgency, change);
      other.waiting.pop();
      for (const one of [plan, other]) one.stored(one === plan ? notification : twin);
      t.same(plan.sent, other.sent);
      t.end();
    });
  }

  await t.test('no more go ahead than a window has, whoever acknowledges them', (t) => {
    const plan = new Plan();
    for (let count = 0; count < limits.inFlight; count += 1) {
      t.ok(plan.foretell('normal').went);
      plan.delivery.onAcknowledged([count + 1]);
    }
    t.notOk(plan.foretell('normal').went);
    t.end();
  });

  await t.test('while a load is wanted meanwhile, what it brings and what went ahead come once', (t) => {
    const plan = new Plan({ minimumUrgency: 'normal' });
    plan.store('low');
    const { notification } = plan.foretell('normal');
    plan.delivery.onMinimumUrgency('very-low');
    plan.frameUp();
    t.same(plan.sent, [2, 1], 'what waited before is looked at');
    plan.stored(notification);
    t.same(plan.sent, [2, 1]);
    plan.acknowledge(1, 2);
    t.match(plan.delivery.rest(), { cursorId: 2, latestId: 2 });
    t.end();
  });
});
