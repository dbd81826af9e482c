// Counts of notifications that were dropped at the gateway: an app is told of each one once.

import assert from 'node:assert/strict';

import fc from 'fast-check';
import t from 'tap';

import type { DeviceAgentAction, DeviceAgentState } from '../../src/core/device-agent/actions.js';
import type { NotificationItem } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import { seeded } from '../wire/seeded.js';
import { acks, AgentPlan, item, kept, types } from './agent-plan.js';

const { holds } = seeded();
/** It comes back within this, however often it was lost: some handlers outlast it. */
const awayMs = 30_000;
const reconnect = { baseMs: limits.reconnectBaseMs, capMs: awayMs };

function linked(): AgentPlan {
  const plan = new AgentPlan({ reconnect });
  plan.link();
  plan.register('chat', 1);
  plan.register('mail', 2);
  return plan;
}

/** The program of the device begins anew with what was kept. */
function restarted(state: DeviceAgentState): AgentPlan {
  const plan = new AgentPlan({ state, reconnect });
  for (const app of ['chat', 'mail']) plan.do((agent, nowMs) => agent.register(nowMs, app));
  plan.link();
  return plan;
}

function count(id: number, missed: number, missedFrom?: number, alias = 1): NotificationItem {
  return { id, alias, data: new Uint8Array(0), missed, ...(missedFrom === undefined ? {} : { missedFrom }) };
}

function down(plan: AgentPlan, ...notifications: readonly NotificationItem[]): DeviceAgentAction[] {
  return plan.down({ notifications });
}

/** Of each call of a handler: how many it is told of, 0 for a notification. */
function told(actions: readonly DeviceAgentAction[]): number[] {
  return actions.flatMap((action) => (action.type === 'deliver' ? [action.missed] : []));
}

await t.test('a sum that grew while its app was being told', (t) => {
  const plan = linked();
  t.same(told(down(plan, count(5, 3))), [3]);
  t.same(told(down(plan, count(9, 4, 5))), [], 'waits for the handler');
  t.same(told(plan.handled(5)), [1], 'of which the app knows 3');
  t.same(told(down(plan, count(12, 9, 5))), []);
  t.same(told(plan.handled(9)), [5]);
  plan.handled(12);
  t.same(acks(plan.actions), [5, 9, 12], 'each is acknowledged');
  t.end();
});

await t.test('a sum that grew before the gateway had the acknowledgement', (t) => {
  const plan = linked();
  down(plan, count(5, 3));
  plan.handled(5);
  t.same(told(down(plan, count(9, 4, 5))), [1]);
  t.end();
});

await t.test('over a restart, from what was kept', (t) => {
  const plan = linked();
  down(plan, count(5, 3), count(6, 7, undefined, 2));
  plan.handled(5);
  const state = kept(plan.handled(6));
  t.same(state.missedTold, [{ app: 'chat', from: 5, count: 3 }, { app: 'mail', from: 6, count: 7 }]);
  const again = restarted(state);
  t.same(told(down(again, count(9, 4, 5), count(10, 9, 6, 2))), [1, 2]);
  const fresh = restarted({ ...state, missedTold: [] });
  t.same(told(down(fresh, count(9, 4, 5))), [4], 'which is what it hangs on');
  t.end();
});

await t.test('a restart while the handler runs: all of it is told again, with what came on top', (t) => {
  const plan = linked();
  down(plan, count(5, 3));
  const again = restarted(kept(plan.actions));
  t.same(told(down(again, count(9, 4, 5))), [4]);
  t.end();
});

await t.test('a state from before there were sums', (t) => {
  const plan = linked();
  t.equal('missedTold' in plan.agent.state(), false, 'absent as long as nothing was missed');
  t.same(told(down(restarted(kept(plan.actions)), count(9, 4, 5))), [4]);
  t.end();
});

await t.test('a new sum is told from its beginning', (t) => {
  const plan = linked();
  down(plan, count(5, 3));
  plan.handled(5);
  t.same(told(down(plan, count(9, 1))), [1]);
  plan.handled(9);
  t.same(told(down(plan, count(11, 3, 9))), [2]);
  plan.handled(11);
  t.same(plan.agent.state().missedTold, [{ app: 'chat', from: 9, count: 3 }]);
  t.end();
});

await t.test('of a gateway that names no sum every item counts for itself', (t) => {
  const plan = linked();
  down(plan, count(5, 3));
  plan.handled(5);
  t.same(told(down(plan, count(9, 4))), [4]);
  t.end();
});

await t.test('what a handler that failed was told stays in the sum', (t) => {
  const plan = linked();
  down(plan, count(5, 3));
  plan.handled(5, false);
  t.same(told(down(plan, count(9, 4, 5))), [4]);
  plan.handled(9);
  t.same(told(down(plan, count(12, 6, 5))), [2]);
  plan.handled(12, false);
  t.same(told(down(plan, count(12, 6, 5))), [2], 'the same again');
  plan.handled(12, false);
  t.same(told(down(plan, count(14, 7, 5))), [3]);
  t.end();
});

await t.test('one that is given up counts as told', (t) => {
  const plan = linked();
  for (let attempt = 1; attempt <= limits.handlerAttempts; attempt += 1) {
    down(plan, count(5, 3));
    plan.handled(5, false);
  }
  t.ok(types(plan.actions).includes('abandoned'));
  t.same(told(down(plan, count(9, 4, 5))), [1]);
  t.end();
});

await t.test('a handler that succeeds after its time has told it', (t) => {
  const plan = linked();
  down(plan, count(5, 3), item(6));
  t.same(told(plan.pass(limits.handlerMs)), [0], 'the next notification has its turn');
  t.same(told(down(plan, count(9, 4, 5))), []);
  plan.handled(5);
  t.same(told(plan.handled(6)), [1]);
  t.end();
});

await t.test('one that succeeds when a later one has told its part, too, takes nothing back', (t) => {
  const plan = linked();
  down(plan, count(5, 3));
  plan.pass(limits.handlerMs);
  t.same(told(down(plan, count(9, 4, 5))), [4], 'whether the first call did anything nobody knows');
  plan.handled(9);
  plan.handled(5);
  t.same(told(down(plan, count(12, 5, 5))), [1]);
  t.end();
});

await t.test('an item with nothing new is acknowledged without a call', async (t) => {
  await t.test('an earlier one of the same sum', (t) => {
    const plan = linked();
    down(plan, count(5, 3));
    plan.handled(5, false);
    down(plan, count(9, 4, 5));
    plan.handled(9);
    const actions = down(plan, count(5, 3));
    t.same(told(actions), []);
    t.same(acks(actions), [5]);
    t.end();
  });

  await t.test('one of an older sum', (t) => {
    const plan = linked();
    down(plan, count(9, 1));
    plan.handled(9);
    const actions = down(plan, count(5, 3), count(8, 4, 5));
    t.same(told(actions), []);
    t.same(acks(actions), [5, 8]);
    t.same(plan.agent.state().missedTold, [{ app: 'chat', from: 9, count: 1 }]);
    t.end();
  });

  await t.test('and what is behind it has its turn at once', (t) => {
    const plan = linked();
    down(plan, item(2));
    down(plan, count(5, 3), count(6, 3, 5), item(7));
    t.same(told(plan.handled(2)), [3]);
    const actions = plan.handled(5);
    t.match(actions.filter(({ type }) => type === 'deliver'), [{ id: 7, missed: 0 }]);
    t.same(acks(plan.actions), [2, 5, 6]);
    t.end();
  });
  t.end();
});

await t.test('an app that was removed and is registered again is told from the beginning', (t) => {
  const plan = linked();
  down(plan, count(5, 3), count(6, 7, undefined, 2));
  plan.handled(5);
  plan.handled(6);
  const actions = plan.do((agent, nowMs) => agent.remove(nowMs, 'chat'));
  t.same(kept(actions).missedTold, [{ app: 'mail', from: 6, count: 7 }]);
  plan.register('chat', 1);
  t.same(told(down(plan, count(9, 4, 5))), [4]);
  t.end();
});

await t.test('a handler of a removed app leaves nothing behind', (t) => {
  const plan = linked();
  down(plan, count(5, 3));
  plan.do((agent, nowMs) => agent.remove(nowMs, 'chat'));
  plan.handled(5);
  t.equal(plan.agent.state().missedTold, undefined);
  t.end();
});

await t.test('so many apps are remembered, those that were told last', (t) => {
  const plan = linked();
  const apps = limits.subscriptionsPerDevice;
  const missedTold = Array.from({ length: apps + 1 }, (_, index) => ({ app: `app ${index}`, from: index + 1, count: 1 }));
  const again = restarted({ ...kept(plan.actions), missedTold });
  t.same(again.agent.state().missedTold, missedTold.slice(1));
  down(again, count(apps + 5, 3));
  again.handled(apps + 5);
  t.same(again.agent.state().missedTold, [...missedTold.slice(2), { app: 'chat', from: apps + 5, count: 3 }]);
  t.end();
});

/** A gateway with one app whose queue is full, its device, and what the app has been told. */
class Flood {
  readonly #sent: NotificationItem[] = [];
  #waiting: NotificationItem | undefined;
  #nextId = 1;
  #plan = linked();
  /** What of the plan was looked at. */
  #seen = this.#plan.actions.length;
  /** How many the app is being told of, by item. */
  readonly #offered = new Map<number, number>();
  #running: { readonly id: number; readonly sinceMs: number } | undefined;
  #acknowledged: number[] = [];
  dropped = 0;
  told = 0;

  drop(): void {
    const before = this.#waiting;
    this.dropped += 1;
    this.#waiting = count(this.#nextId, (before?.missed ?? 0) + 1, before && (before.missedFrom ?? before.id));
    this.#nextId += 1;
    this.sendAgain();
  }

  sendAgain(): void {
    if (this.#waiting !== undefined) this.#send(this.#waiting);
  }

  /** What was on its way for long. */
  sendOld(which: number): void {
    const old = this.#sent[which % this.#sent.length];
    if (old !== undefined) this.#send(old);
  }

  endHandler(succeeds: boolean): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    if (succeeds) this.told += this.#offered.get(running.id) ?? NaN;
    this.#plan.handled(running.id, succeeds);
    this.#look();
  }

  acknowledgementsArrive(): void {
    if (this.#acknowledged.includes(this.#waiting?.id ?? 0)) this.#waiting = undefined;
    this.#acknowledged = [];
  }

  loseLink(): void {
    this.#acknowledged = [];
    this.#plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    this.#plan.pass(awayMs);
    this.#plan.connect();
    // One that took too long never ends here: whether it has told anything nobody would know.
    if (this.#plan.nowMs - (this.#running?.sinceMs ?? Infinity) >= limits.handlerMs) this.#running = undefined;
    this.#look();
    this.sendAgain();
  }

  restart(): void {
    this.#acknowledged = [];
    this.#running = undefined;
    this.#plan = restarted(JSON.parse(JSON.stringify(this.#plan.agent.state())) as DeviceAgentState);
    this.#seen = 0;
    this.#look();
    this.sendAgain();
  }

  settle(): void {
    for (let round = 0; this.#running !== undefined || this.#waiting !== undefined; round += 1) {
      assert.ok(round < 1_000, 'it comes to an end');
      this.endHandler(true);
      this.acknowledgementsArrive();
      this.sendAgain();
    }
  }

  #send(notification: NotificationItem): void {
    this.#sent.push(notification);
    down(this.#plan, notification);
    this.#look();
  }

  #look(): void {
    const actions = this.#plan.actions.slice(this.#seen);
    this.#seen = this.#plan.actions.length;
    this.#acknowledged.push(...acks(actions));
    for (const action of actions) {
      if (action.type === 'abandoned') this.told += this.#offered.get(action.id) ?? NaN;
      if (action.type !== 'deliver') continue;
      assert.ok(action.missed > 0, 'the app is told of some');
      this.#offered.set(action.id, action.missed);
      this.#running = { id: action.id, sinceMs: this.#plan.nowMs };
    }
  }
}

await t.test('whatever happens, what the app was told adds up to what was dropped', (t) => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant((flood: Flood) => flood.drop()) },
    { weight: 4, arbitrary: fc.constant((flood: Flood) => flood.endHandler(true)) },
    { weight: 2, arbitrary: fc.constant((flood: Flood) => flood.endHandler(false)) },
    { weight: 3, arbitrary: fc.constant((flood: Flood) => flood.acknowledgementsArrive()) },
    { weight: 1, arbitrary: fc.constant((flood: Flood) => flood.sendAgain()) },
    { weight: 1, arbitrary: fc.nat(100).map((which) => (flood: Flood) => flood.sendOld(which)) },
    { weight: 1, arbitrary: fc.constant((flood: Flood) => flood.loseLink()) },
    { weight: 1, arbitrary: fc.constant((flood: Flood) => flood.restart()) },
  );
  holds(t, 'all are told once', fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
    const flood = new Flood();
    for (const act of steps) act(flood);
    flood.settle();
    assert.equal(flood.told, flood.dropped);
  }), 500);
  t.end();
});
