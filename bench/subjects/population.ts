// Devices and app servers of brokers that know nobody by themselves.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createPrng } from '../../src/core/prng.js';
import type { Population, StartOptions } from './subject.js';

/** A device hears its own topic, an app server publishes to those: what `notify/<uid>` is to Lowbeat. */
export function drawPopulation({ devices, apps, seed }: Pick<StartOptions, 'devices' | 'apps' | 'seed'>): Population {
  const random = createPrng(seed);
  const secret = (): string => Buffer.from(Array.from({ length: 32 }, () => Math.floor(random.next() * 256))).toString('base64url');
  return {
    devices: Array.from({ length: devices }, (_, index) => ({ id: `device-${index}`, token: secret(), filter: `notify/${index}` })),
    apps: Array.from({ length: apps }, (_, index) => ({ id: `app-${index}`, secret: secret() })),
    destinations: Array.from({ length: devices }, (_, index) => ({ app: index % apps, topic: `notify/${index}` })),
  };
}

export function writePopulation(folder: string, population: Population): string {
  const file = join(folder, 'population.json');
  writeFileSync(file, JSON.stringify(population));
  return file;
}
