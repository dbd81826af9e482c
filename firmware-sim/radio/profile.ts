// A radio profile: the power of each state, the timers between them and what a transfer costs.
// Profiles are data files beside this one; every number carries where it comes from.

import { z } from 'zod';
import { DataFiles, parseData } from '../data-files.js';
import { hasDoubtful, quantity } from '../quantity.js';

const stage = z.strictObject({
  name: z.string().min(1),
  powerMw: quantity,
  /** Without traffic the radio stays in this stage so long, then falls to the next, and after the last to idle. */
  tailMs: quantity,
  /** From idle into this stage. */
  promotion: z.strictObject({ durationMs: quantity, powerMw: quantity }),
  /** From the stage after this one into this one, when that differs from the way from idle. */
  promotionFromNext: z.strictObject({ durationMs: quantity, powerMw: quantity }).optional(),
});

const radioProfile = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  kind: z.enum(['cellular', 'wifi']),
  /** True when a number is only recalled or assumed: no headline may rest on this profile alone. */
  unverified: z.boolean(),
  /** Power while idle, apart from paging. */
  idlePowerMw: quantity,
  /** Listening for pages (or beacons) while idle. */
  paging: z.strictObject({ onMs: quantity, powerMw: quantity, everyMs: quantity }),
  /** Highest power first. */
  stages: z.array(stage).min(1).max(4),
  /** A transfer up to these sizes is served in the stage of that name, without the promotion to the first one. */
  smallTransfer: z.strictObject({ stage: z.string(), upBytes: quantity, downBytes: quantity }).optional(),
  transfer: z.strictObject({
    /** Power while bytes move, apart from the rate's part. */
    basePowerMw: quantity,
    upMwPerMbps: quantity,
    downMwPerMbps: quantity,
    upMbps: quantity,
    downMbps: quantity,
  }),
  /** One-way and back between phone and gateway while the radio is on. */
  roundTripMs: quantity,
});

export type RadioProfile = z.infer<typeof radioProfile>;

const files = new DataFiles({ kind: 'radio profile', beside: import.meta.dirname, folder: 'profiles', parse: parseRadioProfile });

/** The profile of that id; an unknown one or a file with a mistake is an error that names it. */
export function loadRadioProfile(id: string): RadioProfile {
  return files.load(id);
}

export function radioProfileIds(): string[] {
  return files.ids();
}

export function parseRadioProfile(text: string, name: string): RadioProfile {
  const profile = parseData({ kind: 'radio profile', name, text, schema: radioProfile });
  if (profile.smallTransfer && !profile.stages.some((s) => s.name === profile.smallTransfer?.stage)) {
    throw new Error(`radio profile ${name}: smallTransfer.stage "${profile.smallTransfer.stage}" is not a stage`);
  }
  if (hasDoubtful(profile) && !profile.unverified) {
    throw new Error(`radio profile ${name}: has recalled or assumed numbers, so "unverified" must be true`);
  }
  return profile;
}

/** Average power while nothing happens, milliwatts. */
export function idleAverageMw(profile: RadioProfile): number {
  const { onMs, powerMw, everyMs } = profile.paging;
  const pagingMw = everyMs.value > 0 ? (onMs.value * powerMw.value) / everyMs.value : 0;
  return profile.idlePowerMw.value + pagingMw;
}
