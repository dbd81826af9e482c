import t from 'tap';
import { NetworkMemory } from '../../../src/core/heartbeat/network-memory.js';
import { limits } from '../../../src/core/limits.js';
import { createPrng } from '../../../src/core/prng.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? 20_261_122);

const dayMs = 86_400_000;
const parse = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

await t.test('a network is found again by its key, after a restart as well', (t) => {
  const memory = new NetworkMemory();
  memory.visit(0, 'home', 'wifi').estimate.survived(3600);
  memory.touched();
  t.ok(memory.visit(1000, 'home', 'wifi').estimate.expiryChance(3000) < 0.01);
  const again = new NetworkMemory(parse(memory.toJson()));
  const chance = again.visit(2000, 'home', 'wifi').estimate.expiryChance(3000);
  t.ok(chance < 0.01, `what was learned is kept: ${chance}`);
  t.ok(again.visit(2000, 'office', 'wifi').estimate.expiryChance(3000) > 0.05, 'another network starts from the prior');
  t.equal(memory.toJson(), memory.toJson(), 'the same object until something changes');
  t.end();
});

await t.test('it is bounded: the one not visited for longest goes', (t) => {
  const memory = new NetworkMemory();
  for (let index = 0; index < limits.rememberedNetworks * 3; index += 1) {
    memory.visit(index, `cafe-${index}`, 'wifi');
    memory.visit(index, 'home', 'wifi');
  }
  t.equal(memory.size, limits.rememberedNetworks);
  const { networks } = parse(memory.toJson()) as { networks: { key: string }[] };
  t.equal(networks.at(-1)?.key, 'home');
  t.ok(JSON.stringify(memory.toJson()).length < 32_768, 'and small enough to be kept often');
  t.end();
});

await t.test('evidence of months ago counts less', (t) => {
  const memory = new NetworkMemory();
  memory.visit(0, 'carrier', 'cellular').estimate.survived(3600);
  const fresh = memory.visit(1000, 'carrier', 'cellular').estimate.expiryChance(3600);
  const old = memory.visit(120 * dayMs, 'carrier', 'cellular').estimate.expiryChance(3600);
  t.ok(old > 2 * fresh, `${fresh} when fresh, ${old} after four months`);
  t.end();
});

await t.test('damaged input is read as nothing, entry by entry', (t) => {
  const memory = new NetworkMemory();
  memory.visit(0, 'home', 'wifi').estimate.survived(3600);
  memory.visit(0, 'office', 'wifi');
  const whole = parse(memory.toJson()) as { networks: Record<string, unknown>[] };
  for (const bad of [undefined, null, 5, 'x', [], {}, { ...whole, version: 99 }, { ...whole, bins: 3 }, { ...whole, networks: 7 }]) {
    t.equal(new NetworkMemory(bad).size, 0, JSON.stringify(bad ?? null).slice(0, 40));
  }
  for (const field of Object.keys(whole.networks[0]!)) {
    for (const wrong of [undefined, null, -1, Number.NaN, 'no', [], [-1], {}]) {
      const [first, second] = whole.networks;
      const damaged = new NetworkMemory({ ...whole, networks: [{ ...first, [field]: wrong }, second] });
      t.ok(damaged.size <= 2 && damaged.size >= 1, `${field} = ${JSON.stringify(wrong)}: the other entry is read`);
      const chance = damaged.visit(1, 'office', 'wifi').estimate.expiryChance(3000);
      t.ok(chance > 0 && chance < 1, 'and what it says is a chance');
    }
  }
  t.comment(`seed ${seed}`);
  const random = createPrng(seed);
  const text = JSON.stringify(memory.toJson());
  for (let round = 0; round < 500; round += 1) {
    const at = Math.floor(random.next() * text.length);
    const mutated = text.slice(0, at) + String.fromCharCode(32 + Math.floor(random.next() * 95)) + text.slice(at + 1);
    let kept: unknown;
    try {
      kept = JSON.parse(mutated);
    } catch {
      continue;
    }
    const { estimate } = new NetworkMemory(kept).visit(1, 'home', 'wifi');
    if (!estimate.mass.every((share) => share > 0 && share <= 1)) t.fail(`round ${round}: ${mutated}`);
  }
  t.pass('500 mutated texts make no estimate that is not one');
  t.end();
});
