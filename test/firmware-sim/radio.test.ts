import t from 'tap';
import { Radio, RadioModel } from '../../firmware-sim/radio/radio.js';
import {
  idleAverageMw,
  loadRadioProfile,
  parseRadioProfile,
  radioProfileIds,
} from '../../firmware-sim/radio/profile.js';
import { quantitiesOf } from '../../firmware-sim/quantity.js';

const within = (actual: number, expected: number, tolerance: number): boolean =>
  Math.abs(actual - expected) <= tolerance * expected;

/** Energy of one small packet on an idle radio, from the packet until the radio is idle again, joules. */
function isolatedPacketJ(id: string, bytes = 40): number {
  const model = new RadioModel(loadRadioProfile(id));
  const radio = new Radio(model, 0);
  const endMs = radio.transfer(0, 'up', bytes) + tailFrom(model, model.stageFor('up', bytes));
  return radio.energyMj(endMs) / 1000;
}

/** From the end of a transfer in that stage until the radio is idle. */
function tailFrom(model: RadioModel, stage: number): number {
  return model.stages.slice(stage).reduce((sum, { tailMs }) => sum + tailMs, 0);
}

await t.test('one isolated packet costs what Huang et al. measured', (t) => {
  for (const [id, joules] of [['lte-2012', 12.59], ['3g-2012', 7.38], ['wifi-2012', 0.038]] as const) {
    const simulated = isolatedPacketJ(id);
    t.ok(within(simulated, joules, 0.01), `${id}: ${simulated.toFixed(4)} J, published ${joules} J, within 1 %`);
  }
  t.end();
});

await t.test('idle averages are those of Huang et al.', (t) => {
  for (const [id, milliwatts] of [['lte-2012', 20.0], ['3g-2012', 4.06], ['wifi-2012', 1.9]] as const) {
    const radio = new Radio(new RadioModel(loadRadioProfile(id)), 0);
    const simulated = radio.energyMj(3_600_000) / 3600;
    t.ok(within(simulated, milliwatts, 0.01), `${id}: ${simulated.toFixed(3)} mW, published ${milliwatts} mW`);
    t.equal(simulated.toFixed(6), idleAverageMw(loadRadioProfile(id)).toFixed(6));
  }
  t.end();
});

await t.test('a packet under the threshold stays in FACH, one above does not (PowerTutor)', (t) => {
  const small = isolatedPacketJ('3g-nexus-one', 60) - 0.010 * 6;
  t.ok(within(small, 2.375, 0.01), `${small.toFixed(4)} J above idle, published 2.375 J`);
  const radio = new Radio(new RadioModel(loadRadioProfile('3g-nexus-one')), 0);
  radio.transfer(0, 'up', 151);
  t.equal(radio.stageAt(1), 'fach');
  radio.transfer(10, 'up', 152);
  t.equal(radio.stageAt(12), 'dch');
  t.end();
});

await t.test('the state timers are exactly those of the profiles', (t) => {
  for (const id of radioProfileIds()) {
    const model = new RadioModel(loadRadioProfile(id));
    const radio = new Radio(model, 0);
    let fallsMs = radio.occupy(0, 1000);
    for (const stage of model.stages) {
      t.equal(radio.stageAt(fallsMs), stage.name, `${id}: ${stage.name} begins`);
      t.equal(radio.stageAt(fallsMs + stage.tailMs - 0.001), stage.name, `${id}: ${stage.name} lasts`);
      fallsMs += stage.tailMs;
      t.not(radio.stageAt(fallsMs), stage.name, `${id}: ${stage.name} ends after ${stage.tailMs} ms`);
    }
    t.equal(radio.isOn(fallsMs), false);
  }
  const timers = (id: string): number[] => new RadioModel(loadRadioProfile(id)).stages.map((stage) => stage.tailMs);
  t.same(timers('5g-sa-tmobile'), [10_200, 4_800], 'connected to 10.2 s, inactive to 15.0 s');
  t.same(timers('5g-nsa-tmobile'), [10_200]);
  t.same(timers('5g-nsa-mmwave'), [11_200]);
  t.same(timers('lte-modern-verizon'), [10_000]);
  t.same(timers('lte-modern-tmobile'), [5_000]);
  t.same(timers('3g-nexus-one'), [4_000, 6_000]);
  t.same(timers('3g-captivate'), [4_000, 10_000]);
  t.end();
});

await t.test('a second packet in the tail pays for the longer tail only', (t) => {
  const model = new RadioModel(loadRadioProfile('lte-2012'));
  const radio = new Radio(model, 0);
  radio.transfer(0, 'up', 60);
  radio.transfer(5000, 'up', 60);
  const both = radio.energyMj(60_000);
  const alone = new Radio(model, 0);
  alone.transfer(0, 'up', 60);
  const extraMj = both - alone.energyMj(60_000);
  const expectedMj = ((5000 - 260.1) * (1060 - model.idleMw)) / 1000;
  t.ok(within(extraMj, expectedMj, 0.001), `${extraMj.toFixed(1)} mJ`);
  t.equal(radio.promotions, 1);
  t.end();
});

await t.test('every number of every profile names its source, and doubtful ones mark the profile', (t) => {
  for (const id of radioProfileIds()) {
    const profile = loadRadioProfile(id);
    t.ok(quantitiesOf(profile).length >= 12, `${id}: ${quantitiesOf(profile).length} quantities`);
  }
  const text = JSON.stringify({ ...loadRadioProfile('lte-2012'), unverified: false });
  t.throws(() => parseRadioProfile(text, 'x.json'), /"unverified" must be true/);
  const wrong = JSON.stringify({ ...loadRadioProfile('lte-2012'), roundTripMs: 5 });
  t.throws(() => parseRadioProfile(wrong, 'x.json'), /roundTripMs/);
  t.throws(() => loadRadioProfile('lte-1999'), /no radio profile "lte-1999": there are/);
  t.end();
});
