import t from 'tap';
import {
  batteryIds,
  batteryJoules,
  batteryPercent,
  defaultBattery,
  loadBattery,
  parseBattery,
} from '../../firmware-sim/battery/battery.js';
import { publicFields, runPhone, toRows, type CompareOptions } from '../../firmware-sim/lab/compare.js';
import { quantitiesOf } from '../../firmware-sim/quantity.js';
import { loadWorld } from '../../firmware-sim/world/world.js';

await t.test('the batteries of the repository: 1400, 4300 and 5000 mAh', (t) => {
  t.same(batteryIds().map((id) => loadBattery(id).capacityMah.value), [1400, 4300, 5000]);
  for (const id of batteryIds()) {
    t.equal(loadBattery(id).id, id, 'the name of its file');
    t.same(quantitiesOf(loadBattery(id)).map(({ field }) => field), ['capacityMah', 'volts']);
  }
  t.equal(loadBattery(defaultBattery).capacityMah.value, 4300);
  t.equal(Math.round(batteryJoules(loadBattery('htc-desire-1400'))), 18_648, 'as Nicholas computes it');
  t.equal(batteryPercent(loadBattery('htc-desire-1400'), 186.48).toFixed(9), '1.000000000');
  t.end();
});

await t.test('a mistake in a battery is named with its place', (t) => {
  const good = loadBattery('phone-5000');
  const mistakes: readonly (readonly [name: string, changes: object, message: RegExp])[] = [
    ['a bare number', { volts: 3.7 }, /volts/],
    ['a field too many', { weight: 5 }, /weight/],
    ['no source', { volts: { value: 3.7, source: '', status: 'read' } }, /volts\.source/],
    ['nothing in it', { capacityMah: { value: 0, source: 'none', status: 'read' } }, /above 0.*capacityMah\.value/s],
    ['assumed and not marked', { unverified: false }, /"unverified" must be true/],
    ['a bad id', { id: 'My Phone' }, /id/],
  ];
  for (const [name, changes, message] of mistakes) {
    const text = JSON.stringify({ ...good, ...changes });
    t.throws(() => parseBattery(text, 'mine.json'), message, name);
    t.throws(() => parseBattery(text, 'mine.json'), /battery mine\.json/, `${name}: and the file is named`);
  }
  t.throws(() => parseBattery('{', 'mine.json'), /battery mine\.json: not JSON/);
  t.throws(() => loadBattery('9000'), /no battery "9000": there are .*oneplus-8-4300/);
  t.end();
});

await t.test('a comparison tells the same energy as a share of the battery that was asked for', (t) => {
  const rowWith = (battery: string): ReturnType<typeof publicFields> => {
    const options: CompareOptions = {
      world: loadWorld('plain'), set: 'training', profile: 'lte-2012', wifiProfile: 'wifi-2012', battery, devices: 1, days: 1, seeds: [1],
    };
    const [row] = toRows(options, runPhone(options, [], { seed: 1, device: 0 }));
    return publicFields(row!);
  };
  const small = rowWith('htc-desire-1400');
  const large = rowWith('phone-5000');
  t.equal(small.battery, 'htc-desire-1400');
  t.equal(small.joulesPerDay, large.joulesPerDay, 'it changes no energy');
  t.equal(small.batteryPercentPerDay.toFixed(9), ((100 * small.joulesPerDay) / 18_648).toFixed(9));
  t.equal((small.batteryPercentPerDay / large.batteryPercentPerDay).toFixed(9), (5000 / 1400).toFixed(9));
  t.end();
});
