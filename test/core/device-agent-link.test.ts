import t from 'tap';
import type { CloseReason } from '../../src/core/frames.js';
import type { AlarmWindow } from '../../src/core/heartbeat/alarm-windows.js';
import { limits } from '../../src/core/limits.js';
import { acks, AgentPlan, item, kept, sent, types } from './agent-plan.js';

const minute = 60_000;

await t.test('the first frame of a link says everything at once', (t) => {
  const plan = new AgentPlan();
  plan.do((agent, nowMs) => agent.register(nowMs, 'chat'));
  plan.do((agent, nowMs) => agent.register(nowMs, 'mail', new Uint8Array(65)));
  plan.do((agent, nowMs) => agent.setMinimumUrgency(nowMs, 'normal'));
  plan.do((agent, nowMs) => agent.setPower(nowMs, 'charging'));
  plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'home', kind: 'wifi', reachable: true, sharedKey: Uint8Array.of(9) }));
  plan.controller.flow = 420;
  const frames = sent(plan.link());
  t.equal(frames.length, 1);
  t.match(frames[0], {
    heartbeat: { presence: 'online', power: 'charging', network: 'wifi', promiseSeconds: 300 },
    registrations: [{ request: 1, app: 'chat' }, { request: 2, app: 'mail' }],
    settings: { minimumUrgency: 'normal', network: Uint8Array.of(9), flowSeconds: 420 },
  });
  t.end();
});

await t.test('heartbeats', async (t) => {
  await t.test('go up when the controller plans them, alone', (t) => {
    const plan = new AgentPlan();
    plan.link();
    t.same(sent(plan.pass(300_000 - 1)), []);
    t.same(sent(plan.pass(1)), [{ heartbeat: { presence: 'online', power: 'unknown', network: 'unknown', promiseSeconds: 300 } }]);
    t.same(plan.controller.of('heartbeat-sent').map(({ dedicated }) => dedicated), [false, true]);
    t.end();
  });

  await t.test('another frame up stands for one', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.register('chat', 1);
    plan.pass(200_000);
    plan.down({ notifications: [item(1)] });
    const frames = sent(plan.handled(1));
    t.same(frames, [{ acks: [1] }], 'without a heartbeat: it would say nothing new');
    t.same(sent(plan.pass(300_000 - 1)), []);
    t.equal(sent(plan.pass(1)).length, 1);
    t.end();
  });

  await t.test('the promise is kept whatever the controller plans', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.controller.intervalMs = 100 * minute;
    plan.controller.promiseSeconds = 6_000;
    t.same(sent(plan.pass(300_000))[0]?.heartbeat?.promiseSeconds, 6_000, 'what was promised ends first');
    t.same(sent(plan.pass(99 * minute)), []);
    t.end();
  });

  await t.test('what is new rides along with another frame', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.register('chat', 1);
    plan.controller.promiseSeconds = 600;
    t.same(sent(plan.do((agent, nowMs) => agent.setPower(nowMs, 'battery-low'))), [], 'power is nobody\'s hurry');
    plan.down({ notifications: [item(1)] });
    t.match(sent(plan.handled(1)), [{ acks: [1], heartbeat: { power: 'battery-low', promiseSeconds: 600 } }]);
    t.end();
  });

  await t.test('a new presence goes at once, unless nobody is watching', (t) => {
    const plan = new AgentPlan();
    plan.link();
    t.equal(sent(plan.do((agent, nowMs) => agent.setPresence(nowMs, 'away')))[0]?.heartbeat?.presence, 'away');
    plan.down({ advice: { freshnessSeconds: 0 } });
    t.same(sent(plan.do((agent, nowMs) => agent.setPresence(nowMs, 'online'))), []);
    t.equal(sent(plan.down({ advice: { freshnessSeconds: 60 } }))[0]?.heartbeat?.presence, 'online', 'now somebody is');
    t.end();
  });

  await t.test('the controller may join a radio-on moment', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.pass(minute);
    plan.controller.beatAtMs = plan.nowMs;
    t.equal(sent(plan.do((agent, nowMs) => agent.onRadioOn(nowMs))).length, 1);
    t.ok(plan.controller.of('radio-on').length === 1);
    t.end();
  });

  await t.test('a controller that always wants to beat is slowed down', (t) => {
    const plan = new AgentPlan();
    plan.controller.intervalMs = 0;
    plan.link();
    t.ok(sent(plan.pass(10_000)).length <= 11);
    t.end();
  });

  await t.test('a promise out of bounds is brought into them', (t) => {
    for (const [planned, promised] of [[1, limits.shortestPromiseSeconds], [1e9, limits.promiseSeconds], [30.2, 31]] as const) {
      const plan = new AgentPlan();
      plan.controller.promiseSeconds = planned;
      t.equal(sent(plan.link())[0]?.heartbeat?.promiseSeconds, promised);
    }
    t.end();
  });

  await t.test('the controller may prefer a new connection to a heartbeat on one that is surely forgotten', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.controller.reconnect = true;
    t.same(types(plan.pass(300_000)), ['disconnect', 'connect']);
    t.same(plan.controller.of('disconnected'), [{ type: 'disconnected', end: 'left' }]);
    t.end();
  });
  t.end();
});

await t.test('the controller hears of everything that happens to the link', (t) => {
  const plan = new AgentPlan({});
  plan.answers = false;
  plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'home', kind: 'wifi', reachable: true }));
  plan.do((agent, nowMs) => agent.start(nowMs));
  plan.do((agent, nowMs) => agent.onConnectFailed(nowMs, 'failed'));
  plan.pass(minute);
  plan.connect();
  const sentAtMs = plan.nowMs;
  plan.nowMs += 400;
  plan.do((agent, nowMs) => agent.onAnswered(nowMs, plan.lastToken, 4));
  plan.down({ advice: { freshnessSeconds: 90 } });
  plan.do((agent, nowMs) => agent.setForeground(nowMs, true));
  plan.do((agent, nowMs) => agent.setPower(nowMs, 'battery'));
  plan.do((agent, nowMs) => agent.setPresence(nowMs, 'away'));
  const unansweredSinceMs = plan.nowMs;
  plan.nowMs += 10;
  plan.do((agent, nowMs) => agent.onAlarmWindows(nowMs, [{ fromMs: 1, toMs: Infinity, spacingMs: 2 }]));
  plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
  t.match(plan.controller.events, [
    { type: 'connect-failed' },
    { type: 'connected', networkKey: 'home', network: 'wifi' },
    { type: 'heartbeat-sent', dedicated: false },
    { type: 'traffic', direction: 'up' },
    { type: 'traffic', direction: 'down', bytes: 4 },
    { type: 'answered', sentAtMs },
    { type: 'traffic', direction: 'down', bytes: 20 },
    { type: 'advice', advice: { freshnessSeconds: 90 } },
    { type: 'foreground', foreground: true },
    { type: 'power', power: 'battery' },
    { type: 'presence', presence: 'away' },
    { type: 'heartbeat-sent', dedicated: true },
    { type: 'traffic', direction: 'up' },
    { type: 'alarm-windows', windows: [{ fromMs: 1, toMs: Infinity, spacingMs: 2 }] },
    { type: 'disconnected', end: 'reset', unansweredSinceMs },
  ]);
  t.end();
});

await t.test('alarm windows that cannot be are refused, and the controller keeps what it was told', (t) => {
  const plan = new AgentPlan();
  const tell = (windows: readonly AlarmWindow[]) => () => plan.do((agent, nowMs) => agent.onAlarmWindows(nowMs, windows));
  t.throws(tell([{ fromMs: NaN, toMs: Infinity, spacingMs: 0 }]), new RangeError('alarm window 0: fromMs must be an instant in milliseconds, not NaN'));
  t.same(plan.controller.of('alarm-windows'), []);
  tell([])();
  t.same(plan.controller.of('alarm-windows'), [{ type: 'alarm-windows', windows: [] }]);
  t.end();
});

await t.test('a frame without an answer', async (t) => {
  await t.test('means a dead link: dropped, and made anew at once', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.pass(2 * limits.stableLinkMs);
    plan.answers = false;
    plan.do((agent, nowMs) => agent.setPresence(nowMs, 'away'));
    const sinceMs = plan.nowMs;
    t.same(types(plan.pass(limits.answerWaitMs - 1)), []);
    t.same(types(plan.pass(1)), ['disconnect', 'connect']);
    t.same(plan.controller.of('disconnected'), [{ type: 'disconnected', end: 'answer-timeout', unansweredSinceMs: sinceMs }]);
    t.end();
  });

  await t.test('the wait is an option', (t) => {
    const plan = new AgentPlan({ answerWaitMs: 90_000 });
    plan.answers = false;
    plan.link();
    t.same(types(plan.pass(90_000 - 1)), []);
    t.same(types(plan.pass(1)).slice(0, 1), ['disconnect']);
    t.end();
  });

  await t.test('a path that only ever connects is tried less and less often', (t) => {
    const plan = new AgentPlan({ reconnect: { baseMs: 2_000, capMs: 15 * minute } });
    plan.answers = false;
    plan.link();
    const untilMs = plan.nowMs + 24 * 60 * minute;
    while (plan.nowMs < untilMs) if (plan.pass(1_000).some(({ type }) => type === 'connect')) plan.connect();
    const attempts = plan.actions.filter(({ type }) => type === 'connect').length;
    t.ok(attempts > 100 && attempts < 300, `${attempts} in a day`);
    t.end();
  });

  await t.test('after sleep the answer may lie in the socket: it is waited for once more', (t) => {
    const plan = new AgentPlan();
    plan.answers = false;
    plan.link();
    t.same(types(plan.sleep(10 * minute)).filter((type) => type !== 'send'), []);
    plan.do((agent, nowMs) => agent.onAnswered(nowMs, 1, 4));
    t.equal(plan.agent.status().state, 'linked');
    const other = new AgentPlan();
    other.answers = false;
    other.link();
    other.sleep(10 * minute);
    t.same(types(other.sleep(10 * minute)), ['disconnect', 'connect'], 'but not for ever');
    t.end();
  });
  t.end();
});

await t.test('coming back', async (t) => {
  const goodLink = (): AgentPlan => {
    const plan = new AgentPlan();
    plan.link();
    plan.pass(10 * minute);
    return plan;
  };
  const waitMs = (plan: AgentPlan): number => {
    const status = plan.agent.status();
    return status.state === 'waiting' ? status.untilMs - plan.nowMs : status.state === 'connecting' ? 0 : NaN;
  };

  await t.test('a reset or a close without a word may have hit many: spread from the start', (t) => {
    for (const end of ['reset', 'closed-by-gateway'] as const) {
      const plan = goodLink();
      plan.do((agent, nowMs) => agent.onDisconnected(nowMs, end));
      t.ok(waitMs(plan) > 0 && waitMs(plan) <= limits.reconnectBaseMs);
    }
    t.end();
  });

  await t.test('failures wait longer and longer, up to the cap, and start anew after a good link', (t) => {
    const plan = goodLink();
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    let longest = 0;
    for (let attempt = 0; attempt < 60; attempt += 1) {
      plan.pass(waitMs(plan));
      t.equal(plan.agent.status().state, 'connecting');
      plan.do((agent, nowMs) => agent.onConnectFailed(nowMs, attempt % 2 === 0 ? 'failed' : 'unavailable'));
      t.ok(waitMs(plan) <= Math.max(limits.attemptGapMs, Math.min(limits.reconnectCapMs, limits.reconnectBaseMs * 2 ** (attempt + 1))));
      longest = Math.max(longest, waitMs(plan));
    }
    t.ok(longest > limits.reconnectCapMs / 2 && longest <= limits.reconnectCapMs);
    plan.pass(waitMs(plan));
    plan.connect();
    plan.pass(10 * minute);
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    t.ok(waitMs(plan) <= limits.reconnectBaseMs);
    t.end();
  });

  await t.test('an attempt that never ends is given up', (t) => {
    const plan = new AgentPlan();
    plan.do((agent, nowMs) => agent.start(nowMs));
    t.same(types(plan.pass(limits.connectAttemptMs - 1)), []);
    t.same(types(plan.pass(1)), ['disconnect']);
    t.equal(plan.agent.status().state, 'waiting');
    t.end();
  });

  await t.test('a close of 1xx: not before it says, spread over as long again', (t) => {
    for (let round = 0; round < 20; round += 1) {
      const plan = goodLink();
      t.same(types(plan.down({ close: { reason: 'shutting-down', notBeforeSeconds: 60 } })), ['disconnect']);
      t.ok(waitMs(plan) >= 60_000 && waitMs(plan) <= 120_000);
      plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'other', kind: 'cellular', reachable: true }));
      t.equal(waitMs(plan), 60_000, 'another network does not change when the gateway wants it back');
    }
    t.end();
  });

  await t.test('a not-before beyond reason is cut', (t) => {
    const plan = goodLink();
    plan.down({ close: { reason: 'overloaded', notBeforeSeconds: 2 ** 32 - 1 } });
    t.ok(waitMs(plan) <= 2 * limits.notBeforeSeconds * 1000);
    t.end();
  });

  await t.test('a close of 2xx or 3xx: stopped, until it is started again', (t) => {
    const reasons: readonly (readonly [CloseReason, string])[] = [
      ['taken-over', 'taken-over'], ['other-wait-for-change', 'taken-over'], ['removed', 'removed'], ['other-never', 'removed'],
    ];
    for (const [reason, stopped] of reasons) {
      const plan = new AgentPlan();
      plan.link();
      plan.pass(2 * limits.ghostMs);
      plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
      plan.pass(minute);
      plan.connect();
      plan.down({ close: { reason, notBeforeSeconds: 0 } });
      t.same(plan.agent.status(), { state: 'stopped', reason: stopped }, reason);
      t.equal(plan.agent.nextTimeoutMs(), Infinity);
      plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'x', kind: 'wifi', reachable: true }));
      t.same(types(plan.pass(60 * minute)), []);
      t.same(types(plan.do((agent, nowMs) => agent.start(nowMs))), ['connect']);
    }
    t.end();
  });

  await t.test('taken over shortly after an attempt of its own was given up: that may have been the one', (t) => {
    const plan = goodLink();
    plan.pass(limits.ghostMs);
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.pass(10_000);
    plan.pass(limits.connectAttemptMs);
    while (plan.agent.status().state !== 'connecting') plan.pass(100);
    plan.connect();
    plan.down({ close: { reason: 'taken-over', notBeforeSeconds: 0 } });
    t.equal(plan.agent.status().state, 'waiting');
    plan.pass(minute);
    plan.connect();
    plan.pass(2 * limits.ghostMs);
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.pass(10_000);
    plan.connect();
    plan.down({ close: { reason: 'taken-over', notBeforeSeconds: 0 } });
    t.same(plan.agent.status(), { state: 'stopped', reason: 'taken-over' }, 'long after, it was another device');
    t.end();
  });

  await t.test('refused credentials that never worked: stopped', (t) => {
    const plan = new AgentPlan();
    plan.do((agent, nowMs) => agent.start(nowMs));
    plan.do((agent, nowMs) => agent.onConnectFailed(nowMs, 'refused'));
    t.same(plan.agent.status(), { state: 'stopped', reason: 'refused' });
    t.end();
  });

  await t.test('refused credentials that worked: tried for about a day at the longest backoff', (t) => {
    const plan = goodLink();
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'closed-by-gateway'));
    const fromMs = plan.nowMs;
    let refusals = 0;
    while (plan.agent.status().state !== 'stopped') {
      plan.pass(waitMs(plan));
      plan.do((agent, nowMs) => agent.onConnectFailed(nowMs, 'refused'));
      refusals += 1;
      if (plan.agent.status().state !== 'stopped') t.ok(waitMs(plan) >= limits.reconnectCapMs / 2);
    }
    t.equal(refusals, limits.refusals + 1);
    t.ok(plan.nowMs - fromMs > 12 * 60 * minute && plan.nowMs - fromMs < 26 * 60 * minute);
    t.end();
  });
  t.end();
});

await t.test('the network', async (t) => {
  await t.test('another one: dropped and connected anew at once, blaming nobody', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.pass(minute);
    const actions = plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'train', kind: 'cellular', reachable: true }));
    t.same(types(actions), ['disconnect', 'connect']);
    t.same(plan.controller.of('disconnected'), [{ type: 'disconnected', end: 'left' }]);
    plan.connect();
    t.match(plan.controller.of('connected').at(-1), { networkKey: 'train', network: 'cellular' });
    t.end();
  });

  await t.test('the same one again changes nothing', (t) => {
    const plan = new AgentPlan();
    const same = { key: 'home', kind: 'wifi', reachable: true } as const;
    plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, same));
    plan.link();
    plan.pass(minute);
    t.same(types(plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, same))), []);
    t.end();
  });

  await t.test('none: waits without an attempt, and comes at once when there is one', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.pass(minute);
    plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'none', kind: 'unknown', reachable: false }));
    t.same(plan.agent.status(), { state: 'waiting', untilMs: Infinity });
    t.same(types(plan.pass(600 * minute)), []);
    t.same(types(plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'home', kind: 'wifi', reachable: true }))), ['connect']);
    t.end();
  });

  await t.test('one that flaps costs an attempt a second at most', (t) => {
    const plan = new AgentPlan();
    plan.link();
    for (let change = 0; change < 200; change += 1) {
      plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: `flap ${change}`, kind: 'wifi', reachable: true }));
      plan.pass(50);
    }
    t.ok(plan.actions.filter(({ type }) => type === 'connect').length <= 11);
    t.end();
  });
  t.end();
});

await t.test('stop and start', (t) => {
  const plan = new AgentPlan();
  t.same(plan.agent.status(), { state: 'stopped', reason: 'asked' });
  plan.link();
  plan.register('chat', 1);
  plan.pass(minute);
  plan.persists = false;
  plan.down({ notifications: [item(1)] });
  plan.handled(1);
  const actions = plan.do((agent, nowMs) => agent.stop(nowMs));
  t.same(actions.at(0), { type: 'disconnect', goodbye: true });
  t.same(plan.agent.status(), { state: 'stopped', reason: 'asked' });
  plan.do((agent, nowMs) => agent.onPersisted(nowMs));
  t.same(acks(plan.link()), [1], 'what was done before goes with the next link');
  t.end();
});

await t.test('settings go at once, and with the first frame of every link', (t) => {
  const plan = new AgentPlan();
  plan.link();
  t.same(sent(plan.do((agent, nowMs) => agent.setMinimumUrgency(nowMs, 'high')))[0]?.settings, { minimumUrgency: 'high' });
  t.same(sent(plan.do((agent, nowMs) => agent.setMinimumUrgency(nowMs, 'high'))), [], 'once');
  plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
  plan.pass(minute);
  t.same(sent(plan.connect())[0]?.settings, { minimumUrgency: 'high' });
  t.end();
});

await t.test('what was learned of the network goes up with the next frame after it changed, once', (t) => {
  const plan = new AgentPlan();
  plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'home', kind: 'wifi', reachable: true, sharedKey: Uint8Array.of(9) }));
  t.same(sent(plan.link())[0]?.settings, { network: Uint8Array.of(9) });
  plan.controller.flow = 420;
  t.same(sent(plan.do((agent, nowMs) => agent.setForeground(nowMs, true))), [], 'nobody hurries for it');
  t.same(sent(plan.pass(300_000))[0]?.settings, { network: Uint8Array.of(9), flowSeconds: 420 });
  plan.controller.flow = undefined;
  t.same(sent(plan.pass(600_000)).map(({ settings }) => settings), [undefined, undefined]);
  plan.do((agent, nowMs) => agent.onNetworkChanged(nowMs, { key: 'café', kind: 'wifi', reachable: true }));
  plan.controller.flow = 300;
  t.same(sent(plan.connect())[0]?.settings, undefined, 'a network that is not to be named is not');
  t.end();
});

await t.test('what the controller remembers is kept: when a link ends, and now and then while it lasts', (t) => {
  const plan = new AgentPlan();
  plan.link();
  plan.controller.remembered = { learned: 1 };
  plan.pass(limits.memoryMs + 5 * minute);
  t.same(kept(plan.actions).heartbeat, { learned: 1 });
  plan.controller.remembered = { learned: 2 };
  t.same(kept(plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'))).heartbeat, { learned: 2 });
  t.end();
});

await t.test('frames down that cannot be read end the link after a bound', (t) => {
  const plan = new AgentPlan();
  plan.link();
  for (let count = 0; count < limits.malformedFrames; count += 1) t.same(types(plan.do((agent, nowMs) => agent.onMalformed(nowMs))), []);
  t.same(types(plan.do((agent, nowMs) => agent.onMalformed(nowMs))), ['disconnect']);
  t.equal(plan.agent.status().state, 'waiting');
  t.end();
});

await t.test('what comes when no link stands is ignored', (t) => {
  const plan = new AgentPlan();
  plan.do((agent, nowMs) => agent.onConnected(nowMs));
  plan.down({ notifications: [item(1)], close: { reason: 'removed', notBeforeSeconds: 0 } });
  plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
  plan.do((agent, nowMs) => agent.onConnectFailed(nowMs, 'refused'));
  plan.do((agent, nowMs) => agent.onAnswered(nowMs, 1, 4));
  plan.do((agent, nowMs) => agent.onMalformed(nowMs));
  plan.do((agent, nowMs) => agent.onTimeout(nowMs));
  t.same(plan.actions, []);
  t.same(plan.agent.status(), { state: 'stopped', reason: 'asked' });
  t.equal(plan.agent.nextTimeoutMs(), Infinity);
  t.end();
});
