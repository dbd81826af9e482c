import fc from 'fast-check';
import t from 'tap';

import type { Uid } from '../../../src/core/ids.js';
import { PresenceFeed } from '../../../src/core/presence/feed.js';
import type { PresenceEvent } from '../../../src/core/presence/feed.js';
import { userPresence, visiblePresence } from '../../../src/core/presence/visible.js';
import type { DeviceKnown, GrantSight, ManualStatus, VisiblePresence } from '../../../src/core/presence/visible.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000 : 1));
const runs = Number(process.env['LOWBEAT_RUNS'] ?? 1_000);
t.comment(`LOWBEAT_SEED=${seed} LOWBEAT_RUNS=${runs}`);

const everyScope = ['notify', 'presence', 'presence.idle'];

await t.test('presence M1: a user is as present as the most present device', (t) => {
  const cases: readonly (readonly [devices: readonly DeviceKnown[], user: DeviceKnown])[] = [
    [[], 'offline'],
    [['offline', 'offline'], 'offline'],
    [['offline', 'away'], 'away'],
    [['away', 'online', 'offline'], 'online'],
    // S6: one that was not heard of since the gateway began may be there.
    [['unknown'], 'unknown'],
    [['offline', 'unknown'], 'unknown'],
    [['away', 'unknown'], 'unknown'],
    [['unknown', 'online'], 'online'],
  ];
  for (const [devices, user] of cases) t.equal(userPresence(devices), user, devices.join(' '));
  t.end();
});

await t.test('visible = grant and not paused and in its window and not invisible; else offline', (t) => {
  const usual = { user: 'online', manual: 'available', grant: { scopes: everyScope, paused: false }, open: true } as const;
  type Situation = Parameters<typeof visiblePresence>[0];
  const see = (other: Partial<Situation>): VisiblePresence | undefined => visiblePresence({ ...usual, ...other });
  t.equal(see({}), 'online');
  t.equal(see({ user: 'away' }), 'away');
  t.equal(see({ user: 'offline' }), 'offline');
  t.equal(see({ user: 'unknown' }), undefined, 'S6: no false event');
  for (const user of ['online', 'away', 'offline', 'unknown'] as const) {
    t.equal(see({ user, grant: { scopes: ['notify'], paused: false } }), 'offline', 'A1: deny by default');
    t.equal(see({ user, grant: { scopes: [], paused: false } }), 'offline', 'A1: deny by default');
    t.equal(see({ user, grant: { scopes: everyScope, paused: true } }), 'offline', 'B2: paused');
    t.equal(see({ user, open: false }), 'offline', 'C1: out of its window');
    t.equal(see({ user, manual: 'invisible' }), 'offline', 'M1: invisible');
  }
  t.equal(see({ user: 'away', grant: { scopes: ['presence'], paused: false } }), 'online', 'A5: without presence.idle');
  t.equal(see({ manual: 'away' }), 'away', 'M1: by hand');
  t.equal(see({ manual: 'away', grant: { scopes: ['presence'], paused: false } }), 'online', 'A5: by hand, too');
  t.equal(see({ manual: 'away', user: 'offline' }), 'offline', 'nobody is there');
  t.end();
});

const anna = 'uid_anna' as Uid;
const bob = 'uid_bob' as Uid;

function drain(feed: PresenceFeed, sight: (uid: Uid) => VisiblePresence | undefined): string[] {
  const lines: string[] = [];
  for (let event = feed.next(sight); event !== undefined; event = feed.next(sight)) {
    lines.push(`${event.sequence} ${event.uid} ${event.state}`);
  }
  return lines;
}

await t.test('presence R1, R2, R3: the newest of each, decided when it is written', (t) => {
  const feed = new PresenceFeed();
  let state: VisiblePresence = 'offline';
  const sight = (uid: Uid): VisiblePresence => (uid === anna ? state : 'away');
  feed.begin([anna, bob]);
  t.same(drain(feed, sight), ['1 uid_anna offline', '2 uid_bob away'], 'a reader that begins is told all, offline ones too');
  t.equal(feed.idle, true);
  feed.changed(anna);
  feed.changed(bob);
  t.same(drain(feed, sight), [], 'nothing is another');
  state = 'online';
  feed.changed(anna);
  state = 'offline';
  t.same(drain(feed, sight), [], 'R2: there and back again');
  state = 'online';
  feed.changed(anna);
  feed.changed(anna);
  t.same(drain(feed, sight), ['3 uid_anna online'], 'H4: numbers are for what is told');
  t.end();
});

await t.test('presence B2, B6: a revoked uid is told of once, and no resumed reader brings it back', (t) => {
  const feed = new PresenceFeed();
  feed.begin([anna, bob]);
  t.same(drain(feed, () => 'online'), ['1 uid_anna online', '2 uid_bob online']);
  feed.changed(anna);
  feed.revoked(anna);
  t.same(drain(feed, () => 'away'), ['3 uid_anna revoked']);
  t.equal(feed.resume(2), true, 'it may not have come');
  t.same(drain(feed, () => 'online'), ['4 uid_anna revoked']);
  t.equal(feed.resume(4), true);
  t.equal(feed.resume(4), true);
  t.same(drain(feed, () => 'online'), []);
  t.end();
});

await t.test('presence R1, R4: a cursor brings what may be lost, as it is now; one that is not of this feed is refused', (t) => {
  const feed = new PresenceFeed();
  let state: VisiblePresence = 'online';
  feed.begin([anna, bob]);
  drain(feed, () => state);
  state = 'away';
  feed.changed(bob);
  t.same(drain(feed, () => state), ['3 uid_bob away']);
  state = 'offline';
  t.equal(feed.resume(2), true);
  t.same(drain(feed, () => state), ['4 uid_bob offline'], 'anna did not change: her event was received');
  for (const wrong of [-1, 1, 5, 0.5, Number.NaN, Infinity]) t.equal(feed.resume(wrong), false);
  t.end();
});

await t.test('presence S6: who is unknown is told of as soon as it is known, also as offline', (t) => {
  const feed = new PresenceFeed();
  let state: VisiblePresence | undefined = undefined;
  feed.begin([anna]);
  t.same(drain(feed, () => state), []);
  t.equal(feed.idle, true);
  feed.changed(anna);
  t.same(drain(feed, () => state), [], 'still not');
  state = 'offline';
  feed.changed(anna);
  t.same(drain(feed, () => state), ['1 uid_anna offline']);
  t.end();
});

interface Situation {
  user: DeviceKnown;
  manual: ManualStatus;
  grant: GrantSight;
  open: boolean;
  revoked: boolean;
}

await t.test('whatever happens, a reader ends up knowing what is visible, and was never told what was not', (t) => {
  const uids = [anna, bob, 'uid_carl' as Uid];
  const anyUid = fc.constantFrom(...uids);
  const anyDevice = fc.constantFrom<DeviceKnown>('online', 'away', 'offline', 'unknown');
  const anyStep = fc.oneof(
    fc.record({ type: fc.constant('device' as const), uid: anyUid, device: anyDevice }),
    fc.record({ type: fc.constant('manual' as const), uid: anyUid, manual: fc.constantFrom<ManualStatus>('available', 'away', 'invisible') }),
    fc.record({ type: fc.constant('pause' as const), uid: anyUid, paused: fc.boolean() }),
    fc.record({ type: fc.constant('window' as const), uid: anyUid, open: fc.boolean() }),
    fc.record({ type: fc.constant('revoke' as const), uid: anyUid }),
    fc.record({ type: fc.constant('write' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ type: fc.constant('lose' as const), last: fc.integer({ min: 0, max: 3 }) }),
  );
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
    const truth = new Map(uids.map((uid): [Uid, Situation] => [uid, {
      user: 'offline', manual: 'available', grant: { scopes: everyScope, paused: false }, open: true, revoked: false,
    }]));
    const sight = (uid: Uid): VisiblePresence | undefined => {
      const situation = truth.get(uid);
      if (situation === undefined || situation.revoked) throw new Error(`${uid} must not be looked at`);
      return visiblePresence(situation);
    };
    let feed = new PresenceFeed();
    feed.begin(uids);
    let received: PresenceEvent[] = [];
    let confirmed = 0;
    const write = (most: number): void => {
      for (let event = feed.next(sight); event !== undefined; event = feed.next(sight)) {
        const { uid, state, sequence } = event;
        const situation = truth.get(uid);
        if (state === 'revoked' ? !situation?.revoked : sight(uid) !== state) throw new Error(`${uid}: told ${state}, which it is not`);
        if (sequence <= (received.at(-1)?.sequence ?? 0)) throw new Error('numbers ascend');
        received.push(event);
        most -= 1;
        if (most === 0) return;
      }
    };
    for (const step of steps) {
      if (step.type === 'write') {
        write(step.count);
        continue;
      }
      if (step.type === 'lose') {
        received = received.slice(0, received.length - step.last);
        const sequence = received.at(-1)?.sequence ?? 0;
        if (feed.resume(sequence)) {
          confirmed = sequence;
          continue;
        }
        if (sequence >= confirmed) throw new Error('its own reader was refused');
        // One that forgot what it had begins anew, with those that are not gone.
        feed = new PresenceFeed();
        feed.begin(uids.filter((uid) => truth.get(uid)?.revoked === false));
        received = received.filter(({ state }) => state === 'revoked').map((event) => ({ ...event, sequence: 0 }));
        confirmed = 0;
        continue;
      }
      const situation = truth.get(step.uid);
      if (situation === undefined || situation.revoked) continue;
      switch (step.type) {
        case 'device': situation.user = step.device; break;
        case 'manual': situation.manual = step.manual; break;
        case 'pause': situation.grant = { ...situation.grant, paused: step.paused }; break;
        case 'window': situation.open = step.open; break;
        case 'revoke': situation.revoked = true; break;
      }
      if (step.type === 'revoke') feed.revoked(step.uid);
      else feed.changed(step.uid);
    }
    write(Infinity);
    if (!feed.idle) throw new Error('something is left to write');
    const known = new Map<Uid, PresenceEvent['state']>();
    for (const { uid, state } of received) {
      if (known.get(uid) === 'revoked' && state !== 'revoked') throw new Error(`${uid}: ${state} after revoked`);
      known.set(uid, state);
    }
    for (const [uid, situation] of truth) {
      const expected = situation.revoked ? 'revoked' : visiblePresence(situation);
      // Who began anew is not told of those that are gone; what it has to show them is nothing.
      if (situation.revoked && !known.has(uid)) continue;
      if (expected !== undefined && known.get(uid) !== expected) throw new Error(`${uid} is ${expected}, the reader knows ${known.get(uid)}`);
    }
  }), { seed, numRuns: runs });
  t.end();
});
