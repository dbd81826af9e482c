// A phone's battery, so that joules can be told as a share of it. Batteries are data files beside
// this one; every number carries where it comes from.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
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

/** The folder of the data files, found from the sources as well as from the compiled code. */
const folder = join(import.meta.dirname.replace(/([\\/])dist[\\/]/, '$1'), 'batteries');

/** The battery of that id; an unknown one or a file with a mistake is an error that names it. */
export function loadBattery(id: string): Battery {
  if (!batteryIds().includes(id)) {
    throw new Error(`no battery "${id}": there are ${batteryIds().join(', ')}`);
  }
  return parseBattery(readFileSync(join(folder, `${id}.json`), 'utf8'), `${id}.json`);
}

export function batteryIds(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

export function parseBattery(text: string, name: string): Battery {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`battery ${name}: not JSON`, { cause });
  }
  const parsed = battery.safeParse(json);
  if (!parsed.success) throw new Error(`battery ${name}: ${z.prettifyError(parsed.error)}`);
  if (hasDoubtful(parsed.data) && !parsed.data.unverified) {
    throw new Error(`battery ${name}: has recalled or assumed numbers, so "unverified" must be true`);
  }
  return parsed.data;
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
