import t from 'tap';

import { fleetPrior, fleetStepsSeconds, fleetWeights, leastDevices, reportAgeMs, withReport } from '../../src/core/heartbeat/fleet.js';
import type { FleetReport } from '../../src/core/heartbeat/fleet.js';
import { priorFor } from '../../src/core/heartbeat/priors.js';
import { TimeoutEstimate } from '../../src/core/heartbeat/timeout-estimate.js';
import { limits } from '../../src/core/limits.js';
import type { StoreEntry } from '../../src/ports/store.js';
import { beat, createWorld } from './world.js';
import type { World } from './world.js';

const home = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const office = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);
const secret = new Uint8Array(32).fill(7);

/** What one more device of one more user is told, when it says where it is and, if given, what it learned. */
async function told(world: World, name: string, network: Uint8Array, flowSeconds?: number): Promise<Uint8Array | undefined> {
  await world.user(name);
  const { id } = await world.device(name);
  const phone = await world.connect(id);
  await phone.up({ heartbeat: beat, settings: { network, ...(flowSeconds !== undefined && { flowSeconds }) } });
  await world.settle();
  return phone.frames.find(({ advice }) => advice?.fleet !== undefined)?.advice?.fleet;
}

await t.test('a device is told what enough others learned of its network, and of no other', async (t) => {
  const world = await createWorld({ gateway: { fleetSecret: secret } });
  for (let device = 1; device < leastDevices; device += 1) await told(world, `user${device}`, home, 1800);
  t.equal(await told(world, 'early', home), undefined, 'too few devices: they could be told apart');
  t.equal(await told(world, 'last', home, 1750), undefined, 'who knows is told nothing');
  const weights = await told(world, 'newcomer', home);
  t.equal(weights?.length, limits.fleetBytes);
  t.equal(await told(world, 'elsewhere', office), undefined);

  const prior = new TimeoutEstimate(fleetPrior(weights!, priorFor('wifi')));
  t.ok(prior.expiryChance(1700) < 0.05, 'a silence of 28 minutes is believed to be survived');
  t.ok(prior.expiryChance(2600) > 0.95, 'and one of 43 minutes is not');
});

await t.test('what is kept names no network and no device', async (t) => {
  const world = await createWorld({ gateway: { fleetSecret: secret } });
  for (let device = 1; device <= leastDevices; device += 1) await told(world, `user${device}`, home, 1800);
  const kept: StoreEntry[] = [];
  for await (const entry of world.store.export()) kept.push(entry);
  const [network] = kept.filter(({ key }) => key.startsWith('f!'));
  t.ok(network);
  const names = [Buffer.from(home).toString('hex'), Buffer.from(home).toString('base64url'), 'dev_'];
  const text = network!.key + Buffer.from(network!.value).toString('latin1') + Buffer.from(network!.value).toString('hex');
  for (const name of names) t.notOk(text.includes(name), name);
  t.notOk(Buffer.from(network!.value).includes(Buffer.from(home)));
});

await t.test('without a secret nothing is kept and nothing is told', async (t) => {
  const world = await createWorld();
  for (let device = 0; device <= leastDevices; device += 1) t.equal(await told(world, `user${device}`, home, 1800), undefined);
  t.equal(await told(world, 'newcomer', home), undefined);
  t.equal((await world.store.counts()).networks, 0);
});

await t.test('one device has one word, however often it speaks; old words end', (t) => {
  let reports: readonly FleetReport[] = [];
  for (let atMs = 0; atMs < 100; atMs += 1) reports = withReport(reports, { reporter: 1, step: atMs % 16, atMs });
  t.equal(reports.length, 1);
  t.equal(fleetWeights(reports, 100), undefined);
  for (let reporter = 2; reporter <= leastDevices; reporter += 1) reports = withReport(reports, { reporter, step: 3, atMs: 100 });
  t.ok(fleetWeights(reports, 100));
  t.equal(fleetWeights(reports, 100 + reportAgeMs), undefined);
  t.end();
});

await t.test('each step is told, and read as the span it means', (t) => {
  for (const [step, fromSeconds] of fleetStepsSeconds.entries()) {
    const reports = Array.from({ length: leastDevices }, (_, reporter) => ({ reporter, step, atMs: 0 }));
    const prior = new TimeoutEstimate(fleetPrior(fleetWeights(reports, 0)!, priorFor('cellular')));
    t.ok(prior.expiryChance(fromSeconds * 0.9) < 0.02, `step ${step}: not before ${fromSeconds} s`);
    const next = fleetStepsSeconds[step + 1];
    if (next !== undefined) t.ok(prior.expiryChance(next * 1.1) > 0.98, `step ${step}: before ${next} s`);
  }
  t.equal(fleetPrior(new Uint8Array(limits.fleetBytes), priorFor('wifi')), priorFor('wifi'));
  t.end();
});
