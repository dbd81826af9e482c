// A phone's battery, so that joules can be told as a share of it. Batteries are data files beside
// this one; every number carries where it comes from.

import { z } from 'zod';
import { DataFiles, parseData } from '../data-files.js';
import { hasDoubtful, quantity } from '../quantity.js';

const positive = quantity.refine(({ value }) => value > 0, { error: 'must be above 0', path: ['value'] });

const battery = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  /** True when a number is only recalled or assumed. */
  unverified: z.boolean(),
  capacityMah: positive,
  /** At which the capacity is counted. */
  volts: positive,
});

export type Battery = z.infer<typeof battery>;

/** A phone of today whose numbers were read. */
export const defaultBattery = 'oneplus-8-4300';

const files = new DataFiles({ kind: 'battery', beside: import.meta.dirname, folder: 'batteries', parse: parseBattery });

/** The battery of that id; an unknown one or a file with a mistake is an error that names it. */
export function loadBattery(id: string): Battery {
  return files.load(id);
}

export function batteryIds(): string[] {
  return files.ids();
}

export function parseBattery(text: string, name: string): Battery {
  const parsed = parseData({ kind: 'battery', name, text, schema: battery });
  if (hasDoubtful(parsed) && !parsed.unverified) {
    throw new Error(`battery ${name}: has recalled or assumed numbers, so "unverified" must be true`);
  }
  return parsed;
}

/** What a full battery holds, joules. */
export function batteryJoules({ capacityMah, volts }: Battery): number {
  // 1 mAh at 1 V is 3.6 J.
  return 3.6 * capacityMah.value * volts.value;
}

/** The share of a full battery that so much energy is, percent. */
export function batteryPercent(of: Battery, joules: number): number {
  return (100 * joules) / batteryJoules(of);
}
