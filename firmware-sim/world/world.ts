// A world: what surrounds a phone, as data. docs/simulator.md explains every field; the files are in worlds/.

import { z } from 'zod';

import { DataFiles, parseData } from '../data-files.js';

const seconds = z.number().nonnegative();
const share = z.number().min(0).max(1);

/** How long a middlebox keeps an idle flow: a mixture of fixed values and log-uniform ranges, in seconds. */
const timeouts = z
  .array(
    z.union([
      z.strictObject({ weight: z.number().positive(), seconds }),
      z.strictObject({ weight: z.number().positive(), fromSeconds: seconds, toSeconds: seconds }),
    ]),
  )
  .min(1);

/** Shares of boxes by the packets that refresh a flow: either direction, or down only; the rest heed packets up only. */
const refresh = z
  .strictObject({ bothShare: share, downShare: share.default(0) })
  .refine(({ bothShare, downShare }) => bothShare + downShare <= 1 + 1e-9, {
    error: 'bothShare and downShare are shares of the same boxes: together at most 1',
  });

const middlebox = z.strictObject({
  timeouts,
  /**
   * 'network': drawn once for a network, and the same at every visit. 'attachment': drawn anew each time. A pool: the network
   * has so many boxes, each with a timeout of its own, and each attachment meets one of them.
   */
  drawn: z.union([z.enum(['network', 'attachment']), z.strictObject({ pool: z.number().int().min(1).max(64) })]),
  refresh,
  /** Share of boxes that answer a forgotten flow with RST; the others drop in silence. */
  resetShare: share,
  /** The box forgets everything so often. */
  rebootsPerDay: z.number().nonnegative(),
});

const place = z.strictObject({
  /** Wi-Fi places use the Wi-Fi radio, cellular ones the radio profile of the run; 'none' is a dead zone. */
  link: z.enum(['wifi', 'cellular', 'none']),
  /** Middlebox of this place; absent for dead zones. */
  middlebox: z.string().optional(),
  /** Each visit meets one of so many networks (1: always the same). */
  networks: z.number().int().positive().default(1),
  /** Whether the phone moves there, as on a way: then it does not doze. */
  moving: z.boolean().default(false),
});

/** A stretch of the day at one place; it begins at `startHour` ± `jitterMinutes`. */
const stretch = z.strictObject({
  place: z.string(),
  startHour: z.number().min(0).max(24),
  jitterMinutes: z.number().nonnegative().default(0),
  /** On which days: 'work', 'free' or 'all'. */
  days: z.enum(['work', 'free', 'all']).default('all'),
  /** The stretch happens with this probability. */
  probability: share.default(1),
});

const worldSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  description: z.string().min(1),
  places: z.record(z.string(), place),
  middleboxes: z.record(z.string(), middlebox),
  day: z.array(stretch).min(1),
  /** A cellular phone changes cell and address so often while it moves or stays, per hour. */
  cellularReattachPerHour: z.number().nonnegative(),
  notifications: z.strictObject({
    perDay: z.number().nonnegative(),
    /** Relative rate by hour of day, 24 numbers. */
    byHour: z.array(z.number().nonnegative()).length(24),
    /** Notifications come in clusters of this mean size, seconds apart. */
    clusterSize: z.number().min(1),
    bytes: z.number().positive(),
  }),
  /** Other apps' traffic while the screen is off. */
  background: z.strictObject({
    perHour: z.number().nonnegative(),
    /** Of these bursts the phone lets our app see this share, so that it may join. */
    visibleShare: share,
    seconds: z.number().positive(),
  }),
  /** The user with the phone in hand. */
  sessions: z.strictObject({
    perDay: z.number().nonnegative(),
    byHour: z.array(z.number().nonnegative()).length(24),
    meanSeconds: z.number().positive(),
    visibleShare: share,
  }),
  doze: z.strictObject({
    /** The phone dozes where it lies still and unused; the times are Android's (deep-idle.ts). */
    enabled: z.boolean(),
    /** Least distance of the alarms of one app in deep idle: 540 or 900 on older systems; 50 stands for 72 an hour. */
    alarmSpacingSeconds: seconds,
  }),
  /** Longest silence that presence allows; 0: as long as the protocol does. */
  freshnessSeconds: seconds,
});

export type World = z.infer<typeof worldSchema>;
export type Middlebox = World['middleboxes'][string];
export type Place = World['places'][string];

const files = new DataFiles({ kind: 'world', beside: import.meta.dirname, folder: 'worlds', parse: parseWorld });

export function worldIds(): string[] {
  return files.ids();
}

export function loadWorld(id: string): World {
  return files.load(id);
}

/** A world from text; a mistake names the field, and a reference to nothing names both ends. */
export function parseWorld(text: string, name: string): World {
  const world = parseData({ kind: 'world', name, text, schema: worldSchema });
  for (const [id, { link, middlebox: box }] of Object.entries(world.places)) {
    if (link !== 'none' && (box === undefined || !(box in world.middleboxes))) {
      throw new Error(`world ${name}: place "${id}" needs a middlebox: one of ${Object.keys(world.middleboxes).join(', ')}`);
    }
  }
  for (const { place: id } of world.day) {
    if (!(id in world.places)) {
      throw new Error(`world ${name}: the day visits "${id}", which is not a place: ${Object.keys(world.places).join(', ')}`);
    }
  }
  if (!world.day.some(({ startHour, days, probability }) => startHour === 0 && days === 'all' && probability === 1)) {
    throw new Error(`world ${name}: the day needs a stretch that starts at hour 0 on all days`);
  }
  return world;
}
