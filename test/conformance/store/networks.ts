// What devices learned of networks.

import type { Test } from 'tap';
import { leastDevices, mostReports, reportAgeMs } from '../../../src/core/heartbeat/fleet.js';
import { limits } from '../../../src/core/limits.js';
import { exportedKeys, hostileTexts, now } from './fixtures.js';
import type { StoreAdapter } from './fixtures.js';

export async function networkConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('a device has one word on a network, and the newest are kept', async (t) => {
    const { store, reopen } = await adapter.open(t);
    t.strictSame(await store.networkReports('home'), []);
    for (let reporter = 0; reporter < leastDevices; reporter += 1) {
      t.equal(await store.reportNetwork('home', { reporter, step: 3, atMs: now + reporter }), true);
    }
    t.equal(await store.reportNetwork('home', { reporter: 0, step: 4, atMs: now + 100 }), true);
    const reports = await (await reopen()).networkReports('home');
    t.strictSame(reports.map(({ reporter, step }) => [reporter, step]), [[1, 3], [2, 3], [3, 3], [4, 3], [0, 4]]);
  });

  await t.test('no more reports than the bound, no more networks than the bound', async (t) => {
    const { store } = await adapter.open(t);
    for (let reporter = 0; reporter <= mostReports; reporter += 1) {
      await store.reportNetwork('crowd', { reporter, step: 1, atMs: now });
    }
    const reports = await store.networkReports('crowd');
    t.equal(reports.length, mostReports);
    t.equal(reports[0]?.reporter, 1, 'the oldest went');
    const names = Array.from({ length: limits.fleetNetworks }, (_, index) => `network ${index}`);
    const kept = await Promise.all(names.map((name) => store.reportNetwork(name, { reporter: 1, step: 1, atMs: now })));
    t.equal(kept.filter((one) => one).length, limits.fleetNetworks - 1);
    t.equal((await store.counts()).networks, limits.fleetNetworks);
    t.equal(await store.reportNetwork('crowd', { reporter: 7, step: 2, atMs: now }), true, 'a known one still learns');
  });

  await t.test('a network goes when its newest report is too old, and leaves nothing', async (t) => {
    const { store } = await adapter.open(t);
    const before = await exportedKeys(store);
    for (const name of hostileTexts) await store.reportNetwork(name, { reporter: 1, step: 2, atMs: now });
    for (const name of hostileTexts) await store.reportNetwork(name, { reporter: 2, step: 2, atMs: now + 5 });
    for (const name of hostileTexts) t.equal((await store.networkReports(name)).length, 2, JSON.stringify(name));
    t.equal((await store.expire(now + 4 + reportAgeMs, 100)).removed, 0);
    t.equal((await store.expire(now + 5 + reportAgeMs, 100)).removed, hostileTexts.length);
    t.strictSame(await store.networkReports(hostileTexts[0] ?? ''), []);
    t.equal((await store.counts()).networks, 0);
    const after = await exportedKeys(store);
    t.strictSame(after.filter((key) => key !== 'meta!counts!'), before.filter((key) => key !== 'meta!counts!'));
  });

  await t.test('a report that cannot be is refused', async (t) => {
    const { store } = await adapter.open(t);
    await t.rejects(store.reportNetwork('home', { reporter: 1, step: 16, atMs: now }), RangeError);
    await t.rejects(store.reportNetwork('home', { reporter: -1, step: 1, atMs: now }), RangeError);
    t.strictSame(await store.networkReports('home'), []);
  });
}
