import t from 'tap';
import { limits } from '../../src/core/limits.js';
import { acks, AgentPlan, delivered, item, kept, sent, types } from './agent-plan.js';

const minute = 60_000;

await t.test('notifications', async (t) => {
  const linked = (options: ConstructorParameters<typeof AgentPlan>[0] = {}): AgentPlan => {
    const plan = new AgentPlan(options);
    plan.link();
    plan.register('chat', 1);
    plan.register('mail', 2);
    return plan;
  };

  await t.test('are acknowledged when the handler has finished and that is kept', (t) => {
    const plan = linked();
    plan.persists = false;
    t.same(delivered(plan.down({ notifications: [item(5)] })), [5]);
    const actions = plan.handled(5);
    t.same(kept(actions).handled, [5]);
    t.same(acks(actions), [], 'not yet');
    t.same(sent(plan.do((agent, nowMs) => agent.onPersisted(nowMs))), [{ acks: [5] }]);
    t.end();
  });

  await t.test('one persist at a time; what changed meanwhile comes with the next', (t) => {
    const plan = linked();
    plan.persists = false;
    plan.down({ notifications: [item(1, 1), item(2, 2)] });
    plan.handled(1);
    t.equal(plan.handled(2).filter(({ type }) => type === 'persist').length, 0);
    const actions = plan.do((agent, nowMs) => agent.onPersisted(nowMs));
    t.same(acks(actions), [1]);
    t.same(kept(actions).handled, [1, 2]);
    t.same(acks(plan.do((agent, nowMs) => agent.onPersisted(nowMs))), [2]);
    t.end();
  });

  await t.test('several that finish at one instant share a frame', (t) => {
    const plan = linked();
    plan.persists = false;
    plan.down({ notifications: [item(1, 1), item(2, 2)] });
    plan.do((agent, nowMs) => agent.setPresence(nowMs, 'away'));
    plan.do((agent, nowMs) => {
      agent.onHandled(nowMs, 1, true);
      agent.onHandled(nowMs, 2, true);
    });
    plan.do((agent, nowMs) => agent.onPersisted(nowMs));
    t.same(sent(plan.do((agent, nowMs) => agent.onPersisted(nowMs))).map((frame) => frame.acks), [[2]]);
    const other = linked();
    other.down({ notifications: [item(1, 1), item(2, 2)] });
    other.do((agent, nowMs) => {
      agent.onDisconnected(nowMs, 'reset');
      agent.onHandled(nowMs, 1, true);
      agent.onHandled(nowMs, 2, true);
    });
    other.pass(minute);
    t.same(acks(other.connect()), [1, 2]);
    t.equal(sent(other.actions).filter((frame) => frame.acks).length, 1);
    t.end();
  });

  await t.test('of one app one after the other, of two apps side by side', (t) => {
    const plan = linked();
    t.same(delivered(plan.down({ notifications: [item(1, 1), item(2, 1), item(3, 2), item(4, 1)] })), [1, 3]);
    t.same(delivered(plan.handled(1)), [2]);
    t.same(delivered(plan.handled(3)), []);
    t.same(delivered(plan.handled(2)), [4]);
    t.end();
  });

  await t.test('a duplicate is dropped, and acknowledged again once the first was kept', (t) => {
    const plan = linked();
    plan.down({ notifications: [item(1)] });
    t.same(types(plan.down({ notifications: [item(1)] })), [], 'while the handler runs');
    plan.persists = false;
    plan.handled(1);
    t.same(types(plan.down({ notifications: [item(1)] })), [], 'while it is being kept');
    plan.do((agent, nowMs) => agent.onPersisted(nowMs));
    t.same(types(plan.down({ notifications: [item(1)] })), ['send']);
    t.same(acks(plan.actions), [1, 1]);
    t.end();
  });

  await t.test('across a restart too', (t) => {
    const first = linked();
    first.down({ notifications: [item(1), item(2)] });
    const state = kept(first.handled(1));
    const second = new AgentPlan({ state });
    second.do((agent, nowMs) => agent.register(nowMs, 'chat'));
    second.link();
    const actions = second.down({ notifications: [item(1), item(2)] });
    t.same(delivered(actions), [2], 'the one whose handling was not kept comes again');
    t.same(acks(actions), [1]);
    t.end();
  });

  await t.test('so many ids are remembered, the latest', (t) => {
    const plan = linked();
    for (let id = 1; id <= limits.rememberedIds + 10; id += 1) {
      plan.down({ notifications: [item(id)] });
      plan.handled(id);
    }
    const { handled } = plan.agent.state();
    t.equal(handled.length, limits.rememberedIds);
    t.equal(handled.at(-1), limits.rememberedIds + 10);
    t.end();
  });

  await t.test('acknowledgements alone ask for no answer, and go again on the next link unless a later frame was answered', (t) => {
    const plan = linked();
    plan.down({ notifications: [item(1)] });
    t.match(plan.handled(1).filter(({ type }) => type === 'send'), [{ frame: { acks: [1] }, answered: false }]);
    plan.answers = false;
    plan.down({ notifications: [item(2)] });
    plan.handled(2);
    plan.do((agent, nowMs) => agent.setPresence(nowMs, 'away'));
    const answeredToken = plan.lastToken;
    plan.down({ notifications: [item(3)] });
    plan.handled(3);
    plan.do((agent, nowMs) => agent.onAnswered(nowMs, answeredToken, 4));
    t.equal(plan.agent.nextTimeoutMs() > plan.nowMs + limits.answerWaitMs, true, 'nothing is waited for');
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.pass(minute);
    t.same(acks(plan.connect()), [3], 'what went before the answered frame has arrived');
    t.end();
  });

  await t.test('acknowledgements in a frame without an answer go again on the next link', (t) => {
    const plan = linked();
    plan.answers = false;
    plan.do((agent, nowMs) => agent.setPower(nowMs, 'battery-low'));
    plan.down({ notifications: [item(1)] });
    t.match(plan.handled(1).filter(({ type }) => type === 'send'), [{ frame: { acks: [1] }, answered: true }], 'a heartbeat goes along');
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.pass(minute);
    t.same(acks(plan.connect()), [1]);
    t.end();
  });

  await t.test('a burst of them does not become a flood of frames', (t) => {
    const plan = linked();
    for (let id = 1; id <= 2_000; id += 1) {
      plan.down({ notifications: [item(id)] });
      plan.handled(id);
      plan.pass(1);
    }
    const frames = sent(plan.actions).length;
    t.ok(frames <= limits.agentFrameBurst + 2 * limits.agentFramesPerSecond + 5, `${frames} frames`);
    plan.pass(1_000);
    t.equal(new Set(acks(plan.actions)).size, 2_000);
    t.end();
  });

  await t.test('a handler that fails is called again when it comes again, a bounded number of times', (t) => {
    const plan = linked();
    for (let attempt = 1; attempt < limits.handlerAttempts; attempt += 1) {
      t.same(delivered(plan.down({ notifications: [item(1)] })), [1]);
      t.same(types(plan.handled(1, false)), []);
    }
    plan.down({ notifications: [item(1)] });
    t.same(types(plan.handled(1, false)), ['abandoned', 'send']);
    t.same(acks(plan.actions), [1]);
    t.end();
  });

  await t.test('a failure does not stop the others of its app', (t) => {
    const plan = linked();
    plan.down({ notifications: [item(1), item(2)] });
    t.same(delivered(plan.handled(1, false)), [2]);
    t.end();
  });

  await t.test('a handler that takes too long has failed; if it succeeds after all, it counts', (t) => {
    const plan = linked();
    plan.controller.intervalMs = 60 * minute;
    plan.controller.promiseSeconds = 3_600;
    plan.down({ notifications: [item(1), item(2)] });
    t.same(delivered(plan.pass(limits.handlerMs - 1)), []);
    t.same(delivered(plan.pass(1)), [2]);
    t.same(delivered(plan.down({ notifications: [item(1)] })), [], 'it comes again, and queues');
    t.same(acks(plan.handled(1)), [1]);
    t.same(delivered(plan.handled(2)), [], 'the second call is spared');
    t.end();
  });

  await t.test('a handler that slept with its device gets its time again', (t) => {
    const plan = linked();
    plan.down({ notifications: [item(1), item(2)] });
    t.same(delivered(plan.sleep(10 * minute)), []);
    t.same(acks(plan.handled(1)), [1]);
    t.end();
  });

  await t.test('that stand for dropped ones say how many', (t) => {
    const plan = linked();
    t.match(plan.down({ notifications: [{ id: 3, alias: 2, data: new Uint8Array(0), missed: 12 }] }), [
      { type: 'deliver', app: 'mail', id: 3, missed: 12 },
    ]);
    t.end();
  });

  await t.test('say whether they are encrypted, parked ones too', (t) => {
    const plan = linked();
    const [running, next] = plan.down({ notifications: [{ ...item(3, 1), encrypted: true }, item(4, 2)] });
    t.same(running, { type: 'deliver', app: 'chat', id: 3, data: Uint8Array.of(3), encrypted: true, missed: 0 });
    t.same(next, { type: 'deliver', app: 'mail', id: 4, data: Uint8Array.of(4), missed: 0 });
    plan.down({ notifications: [{ ...item(5, 3), encrypted: true }] });
    plan.register('calls', 3);
    t.same(plan.actions.findLast(({ type }) => type === 'deliver'), { type: 'deliver', app: 'calls', id: 5, data: Uint8Array.of(5), encrypted: true, missed: 0 });
    t.end();
  });

  await t.test('of an app that is not known yet are parked, in order', (t) => {
    const plan = new AgentPlan();
    plan.link();
    t.same(types(plan.down({ notifications: [item(1, 7), item(2, 7)] })), []);
    plan.register('chat', 7);
    t.same(delivered(plan.actions), [1]);
    plan.down({ notifications: [item(3, 7)] });
    plan.handled(1);
    plan.handled(2);
    t.same(delivered(plan.actions), [1, 2, 3]);
    t.end();
  });

  await t.test('more of them than can be parked come again on a new link', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.pass(minute);
    for (let id = 1; id <= limits.inFlight + 1; id += 1) plan.down({ notifications: [item(id, 7)] });
    plan.register('chat', 7);
    t.same(types(plan.actions).filter((type) => type !== 'send' && type !== 'registered'), ['connect', 'deliver', 'disconnect', 'connect']);
    t.end();
  });

  await t.test('more than can wait are refused until there is room, and then all come again, in order', (t) => {
    const plan = linked();
    plan.controller.intervalMs = 60 * minute;
    plan.controller.promiseSeconds = 3_600;
    const count = limits.deliveriesWaiting + 20;
    plan.pass(minute);
    const stream = (): void => {
      for (let id = 1; id <= count; id += 1) plan.down({ notifications: [item(id)] });
    };
    stream();
    for (let id = 1; plan.agent.status().state === 'linked'; id += 1) plan.handled(id);
    t.equal(plan.agent.status().state, 'connecting', 'half of them done, it makes a new link');
    plan.connect();
    stream();
    for (const id of delivered(plan.actions)) plan.handled(id);
    for (let id = 1; id <= count; id += 1) plan.handled(id);
    t.same(delivered(plan.actions), Array.from({ length: count }, (_, index) => index + 1));
    t.end();
  });

  await t.test('of a removed app are delivered no more', (t) => {
    const plan = linked();
    plan.down({ notifications: [item(1), item(2)] });
    plan.do((agent, nowMs) => agent.remove(nowMs, 'chat'));
    t.same(delivered(plan.handled(1)), []);
    t.same(types(plan.down({ notifications: [item(3)] })), []);
    t.end();
  });
  t.end();
});

await t.test('upstream messages', async (t) => {
  const linked = (): AgentPlan => {
    const plan = new AgentPlan();
    plan.link();
    plan.register('chat', 4);
    return plan;
  };
  const bytes = Uint8Array.of(1, 2, 3);

  await t.test('go up when they are kept, and are sent when they are answered', (t) => {
    const plan = linked();
    plan.persists = false;
    plan.answers = false;
    const actions = plan.do((agent, nowMs) => t.same(agent.sendMessage(nowMs, 'chat', bytes), { ok: true, id: 1 }));
    t.same(sent(actions), []);
    t.same(kept(actions).messages, [{ id: 1, app: 'chat', data: 'AQID' }]);
    t.match(sent(plan.do((agent, nowMs) => agent.onPersisted(nowMs))), [{ messages: [{ id: 1, alias: 4, data: bytes }] }]);
    const after = plan.do((agent, nowMs) => agent.onAnswered(nowMs, plan.lastToken, 4));
    t.same(types(after), ['message-sent']);
    t.same(kept(after).messages, []);
    t.end();
  });

  await t.test('go again after a lost link and after a restart, with the same ids, in order', (t) => {
    const plan = linked();
    plan.answers = false;
    for (let count = 0; count < 3; count += 1) plan.do((agent, nowMs) => agent.sendMessage(nowMs, 'chat', bytes));
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.pass(minute);
    t.same(sent(plan.connect()).flatMap((frame) => frame.messages?.map(({ id }) => id)), [1, 2, 3]);
    const again = new AgentPlan({ state: kept(plan.actions) });
    const frames = sent(again.link());
    t.same(frames.flatMap((frame) => frame.messages?.map(({ id }) => id)), [1, 2, 3]);
    t.same(frames[0]?.messages?.[0]?.data, bytes);
    t.same(again.agent.sendMessage(again.nowMs, 'chat', bytes), { ok: true, id: 4 }, 'no id is used twice');
    t.end();
  });

  await t.test('the answer to a frame of an older link settles nothing', (t) => {
    const plan = linked();
    plan.answers = false;
    plan.do((agent, nowMs) => agent.sendMessage(nowMs, 'chat', bytes));
    const token = plan.lastToken;
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.pass(minute);
    plan.connect();
    t.same(types(plan.do((agent, nowMs) => agent.onAnswered(nowMs, token, 4))), []);
    t.end();
  });

  await t.test('no more are unanswered than may be', (t) => {
    const plan = linked();
    plan.answers = false;
    for (let count = 0; count < 3 * limits.upstreamInFlight; count += 1) plan.do((agent, nowMs) => agent.sendMessage(nowMs, 'chat', bytes));
    t.ok(sent(plan.actions).flatMap((frame) => frame.messages ?? []).length <= limits.upstreamInFlight);
    plan.answers = true;
    for (let token = 1; token <= 20; token += 1) plan.do((agent, nowMs) => agent.onAnswered(nowMs, token, 4));
    t.equal(plan.actions.filter(({ type }) => type === 'message-sent').length, 3 * limits.upstreamInFlight);
    t.end();
  });

  await t.test('large ones are split over frames that can be written', (t) => {
    const plan = new AgentPlan();
    plan.do((agent, nowMs) => agent.register(nowMs, 'chat'));
    for (let count = 0; count < 8; count += 1) plan.do((agent, nowMs) => agent.sendMessage(nowMs, 'chat', new Uint8Array(limits.messageBytes)));
    plan.link();
    plan.down({ confirmations: [{ request: 1, alias: 2, subscription: 'sub_2' }] });
    t.same(sent(plan.actions).flatMap((frame) => (frame.messages ? [frame.messages.length] : [])), [3, 3, 2]);
    t.end();
  });

  await t.test('what cannot be queued says why', (t) => {
    const plan = linked();
    plan.answers = false;
    t.same(plan.agent.sendMessage(plan.nowMs, 'mail', bytes), { ok: false, code: 'unknown-app' });
    t.same(plan.agent.sendMessage(plan.nowMs, 'chat', new Uint8Array(limits.messageBytes + 1)), { ok: false, code: 'too-large' });
    for (let count = 0; count < limits.upstreamWaiting; count += 1) t.ok(plan.agent.sendMessage(plan.nowMs, 'chat', bytes).ok);
    t.same(plan.agent.sendMessage(plan.nowMs, 'chat', bytes), { ok: false, code: 'queue-full' });
    t.end();
  });

  await t.test('a refused one is told, and the others of its frame are sent', (t) => {
    const plan = linked();
    plan.answers = false;
    plan.persists = false;
    plan.do((agent, nowMs) => {
      agent.sendMessage(nowMs, 'chat', bytes);
      agent.sendMessage(nowMs, 'chat', bytes);
    });
    plan.do((agent, nowMs) => agent.onPersisted(nowMs));
    plan.do((agent, nowMs) => agent.onPersisted(nowMs));
    t.match(plan.down({ rejections: [{ message: 1, code: 'outbox-full' }] }), [{ type: 'message-failed', id: 1, code: 'outbox-full' }]);
    plan.answers = true;
    for (let token = 1; token <= plan.lastToken; token += 1) plan.do((agent, nowMs) => agent.onAnswered(nowMs, token, 4));
    t.same(plan.actions.filter(({ type }) => type === 'message-sent'), [{ type: 'message-sent', id: 2 }]);
    t.end();
  });

  await t.test('one that the gateway could not keep just now is offered again, later', (t) => {
    const plan = linked();
    plan.answers = false;
    plan.controller.intervalMs = 60 * minute;
    plan.controller.promiseSeconds = 3_600;
    plan.do((agent, nowMs) => agent.sendMessage(nowMs, 'chat', bytes));
    const token = plan.lastToken;
    plan.answers = true;
    plan.down({ rejections: [{ message: 1, code: 'store-unavailable' }] });
    t.same(types(plan.do((agent, nowMs) => agent.onAnswered(nowMs, token, 4))), [], 'the answer to that frame is not its');
    t.same(types(plan.pass(limits.offerAgainMs - 1)), []);
    t.same(types(plan.pass(1)), ['send', 'message-sent']);
    t.end();
  });

  await t.test('wait for the registration of their app, and fail with it', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.do((agent, nowMs) => agent.register(nowMs, 'chat'));
    plan.do((agent, nowMs) => agent.sendMessage(nowMs, 'chat', bytes));
    t.same(sent(plan.actions).flatMap((frame) => frame.messages ?? []), []);
    t.match(types(plan.down({ rejections: [{ request: 1, code: 'no-grant' }] })), ['registration-failed', 'message-failed']);
    t.same(plan.agent.sendMessage(plan.nowMs, 'chat', bytes), { ok: false, code: 'unknown-app' });
    t.end();
  });
  t.end();
});

await t.test('apps', async (t) => {
  await t.test('a registration goes again until it is answered', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.do((agent, nowMs) => agent.register(nowMs, 'chat'));
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.pass(minute);
    t.match(sent(plan.connect())[0]?.registrations, [{ request: 1, app: 'chat' }]);
    t.match(plan.down({ confirmations: [{ request: 1, alias: 3, subscription: 'sub_3', endpoint: 'https://push.example/3' }] }), [
      { type: 'registered', app: 'chat', alias: 3, subscription: 'sub_3', endpoint: 'https://push.example/3' },
      { type: 'persist' },
    ]);
    plan.do((agent, nowMs) => agent.onDisconnected(nowMs, 'reset'));
    plan.pass(minute);
    t.equal(sent(plan.connect())[0]?.registrations, undefined, 'and not after');
    t.end();
  });

  await t.test('one that the gateway could not keep just now is asked again', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.do((agent, nowMs) => agent.register(nowMs, 'chat'));
    t.same(types(plan.down({ rejections: [{ request: 1, code: 'store-unavailable' }] })), []);
    t.match(sent(plan.pass(limits.offerAgainMs)), [{ registrations: [{ app: 'chat' }] }]);
    t.end();
  });

  await t.test('what cannot be registered says why', (t) => {
    const plan = new AgentPlan();
    const failures = [
      plan.do((agent, nowMs) => agent.register(nowMs, '')),
      plan.do((agent, nowMs) => agent.register(nowMs, 'x'.repeat(limits.nameCharacters + 1))),
      plan.do((agent, nowMs) => agent.register(nowMs, 'chat', new Uint8Array(64))),
    ];
    t.same(failures.flat().map((action) => (action.type === 'registration-failed' ? action.code : action.type)), [
      'bad-app-name', 'bad-app-name', 'bad-application-server-key',
    ]);
    for (let count = 0; count < limits.subscriptionsPerDevice; count += 1) plan.do((agent, nowMs) => agent.register(nowMs, `app ${count}`));
    t.match(plan.do((agent, nowMs) => agent.register(nowMs, 'one more')), [{ type: 'registration-failed', code: 'too-many-subscriptions' }]);
    t.end();
  });

  await t.test('a removal goes again until it is answered, over a restart', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.register('chat', 3);
    plan.answers = false;
    const actions = plan.do((agent, nowMs) => agent.remove(nowMs, 'chat'));
    t.same(sent(actions), [{ removals: [3] }]);
    const again = new AgentPlan({ state: kept(actions) });
    t.same(sent(again.link())[0]?.removals, [3]);
    t.same(again.agent.state().removals, []);
    t.end();
  });

  await t.test('removed before the gateway confirmed: removed there as soon as it did', (t) => {
    const plan = new AgentPlan();
    plan.link();
    plan.do((agent, nowMs) => agent.register(nowMs, 'chat'));
    plan.do((agent, nowMs) => agent.remove(nowMs, 'chat'));
    t.same(sent(plan.down({ confirmations: [{ request: 1, alias: 3, subscription: 'sub_3' }] })), [{ removals: [3] }]);
    t.end();
  });
  t.end();
});
