// presence M5: what the user handles on one device is cleared on the others; the device's and the gateway's side in core.

import t from 'tap';
import type { DeviceAgentAction } from '../../src/core/device-agent/actions.js';
import type { DownFrame, Heartbeat } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import type { Clearing, LinkSessionAction } from '../../src/core/link-session/actions.js';
import { LinkSession } from '../../src/core/link-session/link-session.js';
import { encodeDownFrame } from '../../src/wire/link-codec.js';
import { acks, AgentPlan, delivered, item, kept, sent } from './agent-plan.js';
import { HandledWorld } from './handled-world.js';

const beat: Heartbeat = { presence: 'online', power: 'battery', network: 'wifi', promiseSeconds: 7_200 };
const startMs = Date.UTC(2026, 2, 1);

function linked(options: ConstructorParameters<typeof AgentPlan>[0] = {}): AgentPlan {
  const plan = new AgentPlan(options);
  plan.link();
  plan.register('chat', 1);
  plan.register('mail', 2);
  return plan;
}

function cleared(actions: readonly DeviceAgentAction[]): string[] {
  return actions.flatMap((action) => (action.type === 'clear' ? [`${action.app} ${action.ids.join(' ')}`] : []));
}

await t.test('presence M5: the device tells what its user handled', async (t) => {
  await t.test('at once, once, with the alias of its app', (t) => {
    const plan = linked();
    plan.down({ notifications: [item(5)] });
    plan.handled(5);
    t.same(sent(plan.do((agent, nowMs) => agent.reportHandled(nowMs, 'chat', 5))), [{ handled: [{ alias: 1, ids: [5] }] }]);
    t.equal(plan.agent.reportHandled(plan.nowMs, 'news', 6), false, 'of an app that is not here');
    t.equal(plan.agent.state().handledByUser, undefined, 'the gateway has it');
    t.end();
  });

  await t.test('again and again until there is an answer, over a lost link and a restart', (t) => {
    const plan = linked();
    plan.answers = false;
    const actions = plan.do((agent, nowMs) => {
      agent.reportHandled(nowMs, 'mail', 7);
      agent.reportHandled(nowMs, 'mail', 7);
      agent.reportHandled(nowMs, 'chat', 5);
    });
    t.same(sent(actions).flatMap((frame) => frame.handled ?? []), [{ alias: 2, ids: [7] }, { alias: 1, ids: [5] }]);
    const state = kept(actions);
    t.same(state.handledByUser, [{ app: 'mail', id: 7 }, { app: 'chat', id: 5 }]);
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.pass(60_000);
    const both = [{ alias: 2, ids: [7] }, { alias: 1, ids: [5] }];
    t.same(sent(plan.connect()).flatMap((frame) => frame.handled ?? []), both);
    t.same(sent(new AgentPlan({ state }).link())[0]?.handled, both, 'before the apps are registered anew');
    t.end();
  });

  await t.test('as many as are kept, and not those of an app that is removed', (t) => {
    const plan = linked();
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.do((agent, nowMs) => agent.reportHandled(nowMs, 'mail', 1));
    for (let id = 1; id <= limits.handledWaiting + 5; id += 1) plan.do((agent, nowMs) => agent.reportHandled(nowMs, 'chat', id));
    t.equal(plan.agent.state().handledByUser?.length, limits.handledWaiting);
    t.same(plan.agent.state().handledByUser?.[0], { app: 'chat', id: 6 }, 'the oldest went');
    plan.pass(60_000);
    const frames = sent(plan.connect()).filter((frame) => frame.handled);
    t.same(frames.map((frame) => frame.handled?.[0]?.ids.length), [limits.frameItems, limits.handledWaiting - limits.frameItems]);
    plan.answers = false;
    plan.do((agent, nowMs) => agent.reportHandled(nowMs, 'mail', 9));
    plan.do((agent, nowMs) => agent.remove(nowMs, 'mail'));
    t.equal(plan.agent.state().handledByUser, undefined);
    t.end();
  });
});

await t.test('presence M5: the device clears what was handled elsewhere', async (t) => {
  await t.test('what its app has got, and confirms it with the next frame up', (t) => {
    const plan = linked();
    plan.down({ notifications: [item(5), item(6, 2)] });
    plan.handled(5);
    plan.handled(6);
    const actions = plan.down({ clears: [{ alias: 1, ids: [5] }, { alias: 2, ids: [6] }] });
    t.same(cleared(actions), ['chat 5', 'mail 6']);
    t.same(sent(actions), [], 'which is worth no radio of its own');
    t.same(sent(plan.do((agent, nowMs) => agent.setPresence(nowMs, 'away')))[0]?.cleared, [5, 6]);
    t.same(cleared(plan.down({ clears: [{ alias: 1, ids: [5] }] })), ['chat 5'], 'told again when the gateway says it again');
    t.end();
  });

  await t.test('what still queues is never handed over', (t) => {
    const plan = linked();
    plan.down({ notifications: [item(5), item(6)] });
    const actions = plan.down({ clears: [{ alias: 1, ids: [6] }] });
    t.same(cleared(actions), []);
    t.same(acks(actions), [6], 'it ends as if it was handled');
    t.same(delivered(plan.handled(5)), []);
    t.same(acks(plan.down({ notifications: [item(6)] })), [6], 'also when it comes again');
    t.end();
  });

  await t.test('what is being handled, once the handler is done', (t) => {
    for (const succeeds of [true, false]) {
      const plan = linked();
      plan.down({ notifications: [item(5)] });
      t.same(cleared(plan.down({ clears: [{ alias: 1, ids: [5] }] })), []);
      plan.do((agent, nowMs) => agent.setPresence(nowMs, 'away'));
      t.equal(sent(plan.actions).at(-1)?.cleared, undefined, 'not confirmed before');
      const actions = plan.handled(5, succeeds);
      t.same(cleared(actions), ['chat 5']);
      t.same([acks(actions), sent(actions).at(-1)?.cleared], [[5], [5]], `a handler that ${succeeds ? 'succeeded' : 'failed'}`);
    }
    t.end();
  });

  await t.test('for an app that is not there yet when it is there, and confirms nothing until then', (t) => {
    const plan = linked();
    const { state } = { state: plan.agent.state() };
    const again = new AgentPlan({ state });
    again.link();
    t.same(cleared(again.down({ clears: [{ alias: 1, ids: [5] }] })), []);
    again.pass(limits.promiseSeconds * 1_000);
    t.equal(sent(again.actions).some((frame) => frame.cleared !== undefined), false);
    t.same(cleared(again.do((agent, nowMs) => agent.register(nowMs, 'chat'))), ['chat 5']);
    const lost = new AgentPlan({ state });
    lost.link();
    lost.down({ clears: [{ alias: 1, ids: [5] }] });
    lost.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    t.same(cleared(lost.do((agent, nowMs) => agent.register(nowMs, 'chat'))), [], 'with the next link it comes again');
    t.end();
  });

  await t.test('and is no heartbeat more for that', (t) => {
    const plan = linked();
    plan.down({ clears: [{ alias: 1, ids: [5] }] });
    plan.controller.events.length = 0;
    plan.pass(plan.controller.intervalMs);
    t.same(sent(plan.actions).at(-1)?.cleared, [5]);
    t.equal(plan.controller.of('heartbeat-sent')[0]?.dedicated, true, 'the confirmation only rides along');
    t.end();
  });
});

/** A session that has heard a heartbeat, and the radio of its device is off again. */
class Plan {
  nowMs = startMs;
  readonly session = new LinkSession({ nowMs: startMs, minimumUrgency: 'very-low' });

  constructor(heartbeat: Heartbeat | 'silent' = beat) {
    this.do((session, nowMs) => session.onLoaded(nowMs, [], true));
    if (heartbeat !== 'silent') this.do((session, nowMs) => session.onFrame(nowMs, { heartbeat }));
    this.nowMs += limits.radioOnMs;
  }

  do(act: (session: LinkSession, nowMs: number) => void): LinkSessionAction[] {
    const actions: LinkSessionAction[] = [];
    for (let action = this.session.poll(); action !== undefined; action = this.session.poll()) actions.push(action);
    act(this.session, this.nowMs);
    for (let action = this.session.poll(); action !== undefined; action = this.session.poll()) actions.push(action);
    return actions;
  }

  clears(...ids: readonly number[]): DownFrame[] {
    return frames(this.do((session, nowMs) => session.onClears(nowMs, ids.map((id): Clearing => ({ alias: 1, id })))));
  }
}

function frames(actions: readonly LinkSessionAction[]): DownFrame[] {
  return actions.flatMap((action) => (action.type === 'send' ? [action.frame] : []));
}

await t.test('presence M5: the link tells a device what was handled elsewhere', async (t) => {
  const clears = [{ alias: 1, ids: [5, 6] }];

  await t.test('which it reads with the first frame, and when there is more for a device that speaks', (t) => {
    const plan = new Plan('silent');
    t.same(plan.do((session) => session.onHandledElsewhere()), [], 'a plain client is not told');
    const asked = (actions: readonly LinkSessionAction[]) => actions.filter(({ type }) => type === 'clears').length;
    t.equal(asked(plan.do((session, nowMs) => session.onFrame(nowMs, { heartbeat: beat }))), 1);
    t.equal(asked(plan.do((session, nowMs) => session.onFrame(nowMs, { heartbeat: beat }))), 0);
    t.equal(asked(plan.do((session) => session.onHandledElsewhere())), 1);
    t.same(plan.do((session, nowMs) => session.onFrame(nowMs, { cleared: [5] })), [{ type: 'cleared', ids: [5] }]);
    const late = new Plan('silent');
    const actions = late.do((session, nowMs) => session.onFrame(nowMs, { cleared: [5] }));
    t.same(actions.map(({ type }) => type), ['cleared', 'clears'], 'what is confirmed is gone before what is left is read');
    t.end();
  });

  await t.test('with the next frame of the device, and no earlier than the hold', (t) => {
    const plan = new Plan();
    t.same(plan.clears(5, 6), [], 'a radio that sleeps goes on sleeping');
    t.same(frames(plan.do((session, nowMs) => session.onFrame(nowMs, { acks: [1] }))), [{ clears }]);
    t.same(plan.clears(5, 6), [], 'once on a link');
    plan.do((session, nowMs) => session.onFrame(nowMs, { cleared: [5, 6] }));

    const idle = new Plan();
    idle.clears(5, 6);
    t.equal(idle.session.nextTimeoutMs(), idle.nowMs + limits.holdMs);
    idle.nowMs += limits.holdMs;
    t.same(frames(idle.do((session, nowMs) => session.onTimeout(nowMs))), [{ clears }]);
    t.end();
  });

  await t.test('at once while the radio is on, and where no battery pays for it', (t) => {
    const on = new Plan();
    on.nowMs -= 1;
    t.same(on.clears(5, 6), [{ clears }]);
    t.same(new Plan({ ...beat, power: 'charging' }).clears(5, 6), [{ clears }]);
    t.same(new Plan({ ...beat, network: 'wired' }).clears(5, 6), [{ clears }]);
    t.end();
  });

  await t.test('together with whatever goes down', (t) => {
    const plan = new Plan();
    plan.clears(5, 6);
    const notification = {
      id: 9, alias: 1, urgency: 'normal', acceptedAtMs: plan.nowMs, expiresAtMs: plan.nowMs + 9, data: new Uint8Array(3), missed: 0,
    } as const;
    const [frame, ...others] = frames(plan.do((session, nowMs) => session.onStored(nowMs, notification)));
    t.match(frame, { notifications: [{ id: 9 }], clears });
    t.same(others, []);
    t.end();
  });

  await t.test('in a frame of its own where that of a notification would not be a cheap one any more', (t) => {
    const plan = new Plan();
    plan.clears(5, 6);
    const notification = {
      id: 9, alias: 1, urgency: 'normal', acceptedAtMs: plan.nowMs, expiresAtMs: plan.nowMs + 9, data: new Uint8Array(42), missed: 0,
    } as const;
    const sent = frames(plan.do((session, nowMs) => session.onStored(nowMs, notification)));
    t.same(sent.map((frame) => Object.keys(frame)), [['notifications'], ['clears']]);
    t.ok(sent.every((frame) => encodeDownFrame(frame).length + 5 <= limits.routinePacketBytes));
    t.end();
  });

  await t.test('not what is confirmed or gone meanwhile, and in frames that keep their bounds', (t) => {
    const plan = new Plan();
    plan.clears(5, 6);
    plan.clears(6);
    t.same(frames(plan.do((session, nowMs) => session.onFrame(nowMs, { acks: [1] }))), [{ clears: [{ alias: 1, ids: [6] }] }]);
    t.same(plan.do((session, nowMs) => session.onFrame(nowMs, { cleared: [6] })), [{ type: 'cleared', ids: [6] }]);
    const ids = Array.from({ length: limits.clearsWaiting }, (_, index) => index + 10);
    const many = plan.clears(...ids);
    t.same(many.map((frame) => frame.clears?.[0]?.ids.length), [limits.frameItems, limits.frameItems]);
    t.end();
  });

  await t.test('never a plain client, which sends no frame', (t) => {
    const plan = new Plan('silent');
    t.same(plan.clears(5), []);
    t.same(frames(plan.do((session, nowMs) => session.onDelivered(nowMs, [1]))), []);
    t.not(plan.session.nextTimeoutMs(), plan.nowMs + limits.holdMs, 'nor is it waited for');
    t.end();
  });

  await t.test('not a reader that is slow, until it reads again', (t) => {
    const plan = new Plan({ ...beat, network: 'wired' });
    plan.do((session, nowMs) => session.onBlocked(nowMs));
    t.same(plan.clears(5), []);
    t.same(plan.clears(5, 6), []);
    t.same(frames(plan.do((session, nowMs) => session.onWritable(nowMs))), [{ clears }]);
    t.end();
  });
});

await t.test('presence M5: whatever happens to several devices, in the end none shows what was handled, and all show the rest', (t) => {
  const replayed = process.env['LOWBEAT_SEED'];
  const first = Number(replayed ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000_000 : 1));
  const runs = replayed === undefined ? Number(process.env['LOWBEAT_RUNS'] ?? 400) : 1;
  t.comment(`LOWBEAT_SEED=${first} and ${runs - 1} after it`);
  const seen = new Map<string, number>();
  for (let seed = first; seed < first + runs; seed += 1) {
    const world = new HandledWorld(seed);
    world.run(120);
    for (const [what, count] of world.counts) seen.set(what, (seen.get(what) ?? 0) + count);
    const problems = world.problems();
    if (problems.length === 0) continue;
    t.same(problems, [], `seed ${seed}`);
    break;
  }
  t.comment([...seen].map(([what, count]) => `${what}: ${count}`).join(', '));
  if (runs >= 100) {
    for (const what of ['handled', 'cleared', 'never handed over', 'lost frame', 'restart']) t.ok(seen.has(what), `some run brought about: ${what}`);
  }
  t.end();
});
