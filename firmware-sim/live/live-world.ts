// The world that real and simulated phones share: each phone on one network whose box forgets idle flows, and its notifications.

import { AdaptiveController } from '../../src/core/heartbeat/adaptive.js';
import { simulatePhone } from '../engine/simulate.js';
import { loadRadioProfile } from '../radio/profile.js';
import { RadioModel } from '../radio/radio.js';
import { deviceSeed, drawTrace, type Attachment, type Trace } from '../world/trace.js';
import { loadWorld, type World } from '../world/world.js';
import { CountingController, type LinkCounts } from './counting-controller.js';

/** What one phone did. */
export interface PhoneTally extends LinkCounts {
  /** Seconds from acceptance to the app for each notification; for one that never came, until the end. */
  readonly latenessSeconds: readonly number[];
}

export interface LiveRunOptions {
  readonly devices: number;
  readonly days: number;
  readonly seed: number;
}

/**
 * A plain day without anything else that opens the radio: a real client on this machine has no radio to share. Timeouts span
 * those of carriers and of home gateways, so that phones have something to learn and lose links meanwhile. Boxes that restart
 * twice a day take links with them that nobody could have saved, and what is sent meanwhile comes late.
 */
export function liveWorld(): World {
  const plain = loadWorld('plain');
  const { notifications, background, sessions } = plain;
  return {
    ...plain,
    id: 'live',
    title: 'One network for each phone, with real sockets',
    description: 'Timeouts from 5 minutes to 2 hours, one for each phone; half of the boxes answer a forgotten flow with RST; they restart.',
    middleboxes: {
      home: {
        timeouts: [{ weight: 1, fromSeconds: 300, toSeconds: 7_200 }],
        drawn: 'network',
        refresh: { bothShare: 1, downShare: 0 },
        resetShare: 0.5,
        rebootsPerDay: 2,
      },
    },
    notifications: { ...notifications, perDay: 30 },
    background: { ...background, perHour: 0 },
    sessions: { ...sessions, perDay: 0 },
  };
}

export function liveTraces({ devices, days, seed }: LiveRunOptions): Trace[] {
  const world = liveWorld();
  return Array.from({ length: devices }, (_, device) => drawTrace(world, deviceSeed('validation', seed, device), days));
}

/** The one stay of a phone of this world. */
export function stayOf(trace: Trace): Attachment {
  const [stay] = trace.attachments;
  if (stay === undefined || trace.attachments.length > 1) throw new Error('a phone of the live world has one stay');
  return stay;
}

/** What the simulator predicts for the phone of `trace`. */
export function predict(trace: Trace): PhoneTally {
  const heartbeat = new CountingController(new AdaptiveController());
  const { latenessSeconds } = simulatePhone({
    world: liveWorld(),
    trace,
    heartbeat,
    // No cellular radio is used in this world.
    cellular: new RadioModel(loadRadioProfile('lte-modern')),
    wifi: new RadioModel(loadRadioProfile('wifi-2012')),
  });
  return { ...heartbeat.counts, latenessSeconds };
}
