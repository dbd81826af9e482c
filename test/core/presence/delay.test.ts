// Two apps of one gateway that put together what each was told: how many users they recognize by the moments at which they come and go,
// with changes told at once and with the independent delay. The decision is the gateway's own; the apps match as well as we know how.

import t from 'tap';

import { DelayedPresence } from '../../../src/core/presence/delay.js';
import { createPrng } from '../../../src/core/prng.js';
import type { Prng } from '../../../src/core/prng.js';
import type { VisiblePresence } from '../../../src/core/presence/visible.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000 : 1));
t.comment(`LOWBEAT_SEED=${seed}`);

const second = 1_000;
const minute = 60 * second;
const look = { hidden: false, drawMs: () => 30 * second };

await t.test('presence I2: a change waits, what is true then is told, and hiding waits for nothing', (t) => {
  const presence = new DelayedPresence('online');
  const see = (nowMs: number, actual: VisiblePresence | undefined, more: { readonly hidden?: boolean; readonly changedAtMs?: number } = {}) =>
    presence.see({ ...look, nowMs, actual, changedAtMs: nowMs, ...more });
  t.equal(see(0, 'online'), 'online', 'at once what is seen first');
  t.equal(see(1_000, 'away'), 'online');
  t.equal(presence.dueAtMs, 31_000);
  t.equal(see(20_000, 'offline'), 'online', 'the time is that of the first change');
  t.equal(see(31_000, 'offline'), 'offline', 'and what is told is what is then');
  t.equal(presence.dueAtMs, Infinity);
  see(40_000, 'online');
  t.equal(see(50_000, 'offline'), 'offline');
  t.equal(presence.dueAtMs, Infinity, 'there and back again is nothing');
  see(60_000, 'online');
  see(90_000, 'online');
  t.equal(see(91_000, 'offline', { hidden: true }), 'offline', 'hidden at once');
  t.equal(see(92_000, 'online'), 'offline', 'and shown again later');
  t.equal(see(93_000, 'offline', { hidden: true }), 'offline');
  t.equal(presence.dueAtMs, Infinity, 'nothing waits while she is hidden');
  t.equal(see(200_000, 'online', { changedAtMs: 100_000 }), 'online', 'who asks seldom is not told what is old');
  t.equal(see(201_000, undefined), undefined, 'of what is not known nothing is said');
  t.equal(see(202_000, 'online'), 'online');
  const unknown = new DelayedPresence(undefined);
  t.equal(unknown.see({ ...look, nowMs: 0, actual: 'online', changedAtMs: 0 }), undefined, 'what becomes known after a restart waits, too');
  t.end();
});

interface Told {
  readonly atMs: number;
  readonly state: VisiblePresence;
}

type Toggle = Told;

/** A user who comes and goes: the times between are exponential, with this mean. */
function life(random: Prng, { meanMs, forMs }: { readonly meanMs: number; readonly forMs: number }): readonly Toggle[] {
  const toggles: Toggle[] = [];
  let state: VisiblePresence = 'online';
  for (let atMs = 0; ;) {
    atMs += Math.ceil(-Math.log(1 - random.next()) * meanMs);
    if (atMs >= forMs) return toggles;
    state = state === 'online' ? 'offline' : 'online';
    toggles.push({ atMs, state });
  }
}

/** What one app is told of her. */
function told(toggles: readonly Toggle[], random: Prng, delayMs: number): readonly Told[] {
  const presence = new DelayedPresence('online');
  const events: Told[] = [];
  let shown: VisiblePresence | undefined = 'online';
  let actual: VisiblePresence = 'online';
  const lookAt = (nowMs: number): void => {
    const state = presence.see({ nowMs, actual, hidden: false, changedAtMs: nowMs, drawMs: () => Math.ceil(random.next() * delayMs) });
    if (state === shown || state === undefined) return;
    shown = state;
    events.push({ atMs: nowMs, state });
  };
  for (const toggle of toggles) {
    if (presence.dueAtMs <= toggle.atMs) lookAt(presence.dueAtMs);
    actual = toggle.state;
    lookAt(toggle.atMs);
  }
  if (presence.dueAtMs !== Infinity) lookAt(presence.dueAtMs);
  return events;
}

/**
 * How well what two apps were told fits one user: for each event of the one the nearest of the same kind of the other, by how likely two
 * independent delays are so far apart; an event without any is unlikely, and not impossible: there and back again is told of by neither.
 */
function fit(these: readonly Told[], those: readonly Told[], delayMs: number): number {
  const windowMs = Math.max(delayMs, second);
  const missing = Math.log(0.01);
  const oneWay = (from: readonly Told[], to: readonly Told[]): number => {
    let sum = 0;
    let start = 0;
    for (const { atMs, state } of from) {
      while (start < to.length && to[start]!.atMs < atMs - windowMs) start += 1;
      let nearest = Infinity;
      for (let index = start; index < to.length && to[index]!.atMs <= atMs + windowMs; index += 1) {
        if (to[index]!.state === state) nearest = Math.min(nearest, Math.abs(to[index]!.atMs - atMs));
      }
      sum += nearest === Infinity ? missing : Math.log(Math.max(0.01, 1 - nearest / windowMs));
    }
    return sum;
  };
  return oneWay(these, those) + oneWay(those, these);
}

/** The part of the users whom two apps recognize; by guessing it would be one of all. */
function recognized({ users, hours, meanMs, delayMs, random }: {
  readonly users: number; readonly hours: number; readonly meanMs: number; readonly delayMs: number; readonly random: Prng;
}): number {
  const lives = Array.from({ length: users }, () => life(random, { meanMs, forMs: hours * 60 * minute }));
  const [one, other] = [lives.map((toggles) => told(toggles, random, delayMs)), lives.map((toggles) => told(toggles, random, delayMs))];
  const pairs = one.flatMap((these, index) => other.map((those, candidate) => ({ index, candidate, score: fit(these, those, delayMs) + random.next() * 1e-9 })));
  pairs.sort((a, b) => b.score - a.score);
  const [taken, given] = [new Set<number>(), new Set<number>()];
  let right = 0;
  for (const { index, candidate } of pairs) {
    if (taken.has(index) || given.has(candidate)) continue;
    taken.add(index);
    given.add(candidate);
    if (index === candidate) right += 1;
  }
  return right / users;
}

await t.test('presence I2: two apps recognize fewer users when each hears of changes by a time of its own', (t) => {
  const random = createPrng(seed);
  const users = 200;
  for (const hours of [1, 8, 24]) {
    const rates = [0, 60, 300, 900].map((seconds) => ({
      seconds, rate: recognized({ users, hours, meanMs: 30 * minute, delayMs: seconds * second, random }),
    }));
    t.comment(`${users} users who come or go every 30 min, watched for ${hours} h: ${
      rates.map(({ seconds, rate }) => `delay ${seconds} s ${(100 * rate).toFixed(1)} %`).join(', ')}`);
    if (hours === 1) for (const { seconds, rate } of rates.slice(1)) t.ok(rate < rates[0]!.rate, `within an hour fewer with ${seconds} s: ${rate} of ${rates[0]!.rate}`);
  }
  t.end();
});
