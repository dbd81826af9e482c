// Everything that happens to one phone whatever its heartbeat strategy does, drawn before the run. All strategies meet
// the same trace (common random numbers), and the clairvoyant optimum is computed from it.

import { createPrng, type Prng } from '../../src/core/prng.js';
import { heldBack, idleStretches } from './deep-idle.js';
import type { Middlebox, World } from './world.js';

export const dayMs = 86_400_000;

/** One stay on one network, from attaching to leaving. */
export interface Attachment {
  readonly startMs: number;
  readonly endMs: number;
  readonly link: 'wifi' | 'cellular' | 'none';
  /** Equal keys are the same network; what a phone can tell (SSID hash, operator code). */
  readonly networkKey: string;
  /** After so long without a refreshing packet the flow is forgotten. Infinity in dead zones. */
  readonly timeoutMs: number;
  /** Packets in either direction, packets up only, or packets down with payload only. */
  readonly refreshedBy: 'both' | 'up' | 'down';
  readonly resets: boolean;
  /** Instants at which the box forgets all flows. */
  readonly rebootsMs: readonly number[];
  /** The phone is on its way; it lies still if absent. */
  readonly moving?: boolean;
}

/** Another's traffic that opens the radio. */
export interface Burst {
  readonly startMs: number;
  readonly durationMs: number;
  /** Our app learns of it and may join. */
  readonly visible: boolean;
  /** The user is at the phone. */
  readonly foreground: boolean;
}

export interface Arrival {
  readonly atMs: number;
  readonly bytes: number;
}

export interface Trace {
  readonly seed: number;
  readonly endMs: number;
  readonly attachments: readonly Attachment[];
  readonly bursts: readonly Burst[];
  readonly arrivals: readonly Arrival[];
}

/** Carriers and home networks of these sets never meet: what is reported was never tuned on. */
export type SeedSet = 'training' | 'validation' | 'report';

const setOffsets: Record<SeedSet, number> = { training: 0, validation: 1_000_000_007, report: 2_000_000_011 };

/** The seed of a device: sets, seeds and devices do not share any. */
export function deviceSeed(set: SeedSet, seed: number, device: number): number {
  return setOffsets[set] + seed * 1_000_003 + device * 7_919;
}

export function drawTrace(world: World, seed: number, days: number): Trace {
  // A generator for each part: more notifications do not move the attachments.
  const part = (index: number): Prng => createPrng(seed * 16 + index);
  const attachments = drawAttachments(world, days, part(1));
  const endMs = days * dayMs;
  const bursts = drawBursts(world, days, part(2));
  return {
    seed,
    endMs,
    attachments,
    bursts: heldBack(bursts, idleStretches(world, { endMs, attachments, bursts }), endMs),
    arrivals: drawArrivals(world, days, part(3)),
  };
}

function drawAttachments(world: World, days: number, random: Prng): Attachment[] {
  const networks = new Map<string, Character>();
  const attachments: Attachment[] = [];
  for (const stay of drawStays(world, days, random)) {
    const place = world.places[stay.place];
    if (!place) throw new Error(`no place ${stay.place}`);
    const box = place.middlebox === undefined ? undefined : world.middleboxes[place.middlebox];
    const which = place.networks > 1 ? Math.floor(random.next() * place.networks) : 0;
    const networkKey = `${stay.place}-${which}`;
    const moving = place.moving ? { moving: true } : {};
    for (const [startMs, endMs] of splitStay(world, stay, place.link, random)) {
      if (!box || place.link === 'none') {
        attachments.push({
          startMs, endMs, link: 'none', networkKey: '', timeoutMs: Infinity, refreshedBy: 'both', resets: false, rebootsMs: [], ...moving,
        });
        continue;
      }
      let character = networks.get(networkKey);
      if (!character) networks.set(networkKey, (character = drawCharacter(box, random)));
      const { timeoutsMs, refreshedBy, resets } = character;
      const timeoutMs = timeoutsMs[Math.floor(random.next() * timeoutsMs.length)] ?? drawTimeoutMs(box, random);
      const rebootsMs = poissonTimes(startMs, endMs, box.rebootsPerDay / dayMs, random);
      attachments.push({ startMs, endMs, link: place.link, networkKey, timeoutMs, refreshedBy, resets, rebootsMs, ...moving });
    }
  }
  return attachments;
}

interface Stay {
  readonly place: string;
  readonly startMs: number;
  readonly endMs: number;
}

function drawStays(world: World, days: number, random: Prng): Stay[] {
  const starts: { place: string; startMs: number }[] = [];
  for (let day = 0; day < days; day += 1) {
    const kind = day % 7 >= 5 ? 'free' : 'work';
    for (const stretch of world.day) {
      // Drawn for each stretch, used or not, so that days stay aligned between worlds that differ in one of them.
      const chance = random.next();
      const shift = (random.next() * 2 - 1) * stretch.jitterMinutes * 60_000;
      if (stretch.days !== 'all' && stretch.days !== kind) continue;
      if (chance >= stretch.probability) continue;
      const startMs = day * dayMs + stretch.startHour * 3_600_000 + (stretch.startHour === 0 ? 0 : shift);
      starts.push({ place: stretch.place, startMs });
    }
  }
  starts.sort((a, b) => a.startMs - b.startMs);
  const stays: Stay[] = [];
  for (const { place, startMs } of starts) {
    const last = stays.at(-1);
    if (last && last.place === place) continue;
    if (last) stays[stays.length - 1] = { ...last, endMs: startMs };
    stays.push({ place, startMs, endMs: days * dayMs });
  }
  return stays.filter((stay) => stay.endMs > stay.startMs);
}

function splitStay(world: World, stay: Stay, link: string, random: Prng): [number, number][] {
  if (link !== 'cellular') return [[stay.startMs, stay.endMs]];
  const cuts = poissonTimes(stay.startMs, stay.endMs, world.cellularReattachPerHour / 3_600_000, random);
  const edges = [stay.startMs, ...cuts, stay.endMs];
  return edges.slice(1).map((end, index) => [edges[index] ?? stay.startMs, end]);
}

/** What a network keeps over all visits; without timeouts of its own each attachment draws one. */
interface Character extends Pick<Attachment, 'refreshedBy' | 'resets'> {
  readonly timeoutsMs: readonly number[];
}

function drawCharacter(box: Middlebox, random: Prng): Character {
  const boxes = box.drawn === 'network' ? 1 : box.drawn === 'attachment' ? 0 : box.drawn.pool;
  return {
    timeoutsMs: Array.from({ length: boxes }, () => drawTimeoutMs(box, random)),
    refreshedBy: drawRefreshedBy(box.refresh, random),
    resets: random.next() < box.resetShare,
  };
}

function drawRefreshedBy({ bothShare, downShare }: Middlebox['refresh'], random: Prng): Attachment['refreshedBy'] {
  // 'down' from the far end: of the worlds before it was known, the other boxes stay what they were.
  const drawn = random.next();
  if (drawn < bothShare) return 'both';
  return drawn < 1 - downShare ? 'up' : 'down';
}

function drawTimeoutMs(box: Middlebox, random: Prng): number {
  const total = box.timeouts.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.next() * total;
  for (const entry of box.timeouts) {
    left -= entry.weight;
    if (left > 0) continue;
    if ('seconds' in entry) return entry.seconds * 1000;
    return 1000 * entry.fromSeconds * (entry.toSeconds / entry.fromSeconds) ** random.next();
  }
  return Infinity;
}

function drawBursts(world: World, days: number, random: Prng): Burst[] {
  const bursts: Burst[] = [];
  const { background, sessions } = world;
  for (const startMs of poissonTimes(0, days * dayMs, background.perHour / 3_600_000, random)) {
    const durationMs = 1000 * exponential(background.seconds, random);
    bursts.push({ startMs, durationMs, visible: random.next() < background.visibleShare, foreground: false });
  }
  for (const startMs of byHourTimes(sessions.perDay, sessions.byHour, days, random)) {
    const durationMs = 1000 * exponential(sessions.meanSeconds, random);
    bursts.push({ startMs, durationMs, visible: random.next() < sessions.visibleShare, foreground: true });
  }
  return bursts.sort((a, b) => a.startMs - b.startMs);
}

function drawArrivals(world: World, days: number, random: Prng): Arrival[] {
  const { perDay, byHour, clusterSize, bytes } = world.notifications;
  const arrivals: Arrival[] = [];
  for (const startMs of byHourTimes(perDay / clusterSize, byHour, days, random)) {
    let atMs = startMs;
    do {
      arrivals.push({ atMs, bytes: Math.max(16, Math.round(exponential(bytes, random))) });
      atMs += 1000 * exponential(20, random);
    } while (random.next() < 1 - 1 / clusterSize);
  }
  return arrivals.filter(({ atMs }) => atMs < days * dayMs).sort((a, b) => a.atMs - b.atMs);
}

function byHourTimes(perDay: number, byHour: readonly number[], days: number, random: Prng): number[] {
  const sum = byHour.reduce((total, weight) => total + weight, 0);
  if (perDay === 0 || sum === 0) return [];
  const times: number[] = [];
  for (let hour = 0; hour < days * 24; hour += 1) {
    const perMs = (perDay * (byHour[hour % 24] ?? 0)) / sum / 3_600_000;
    times.push(...poissonTimes(hour * 3_600_000, (hour + 1) * 3_600_000, perMs, random));
  }
  return times;
}

function poissonTimes(startMs: number, endMs: number, perMs: number, random: Prng): number[] {
  const times: number[] = [];
  if (perMs <= 0) return times;
  for (let at = startMs + exponential(1 / perMs, random); at < endMs; at += exponential(1 / perMs, random)) times.push(at);
  return times;
}

function exponential(mean: number, random: Prng): number {
  return -mean * Math.log(1 - random.next());
}
