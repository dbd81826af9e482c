import t from 'tap';
import { defaultBattery } from '../../firmware-sim/battery/battery.js';
import { phoneJobs, runPhone as runJob, toRows, publicFields, type CompareOptions } from '../../firmware-sim/lab/compare.js';
import { runComparison } from '../../firmware-sim/lab/run-jobs.js';
import { loadStrategies, strategiesOf } from '../../firmware-sim/strategies/load.js';
import { loadWorld } from '../../firmware-sim/world/world.js';
import type { ConnectionEnd, HeartbeatController } from '../../src/core/heartbeat/controller.js';
import type { NetworkKind } from '../../src/core/frames.js';

const strategies = await loadStrategies();

const options = (world: string, profile: string, changes: Partial<CompareOptions> = {}): CompareOptions => ({
  world: loadWorld(world), set: 'training', profile, wifiProfile: 'wifi-2012', battery: defaultBattery, devices: 2, days: 2, seeds: [1], ...changes,
});

await t.test('the same seed gives the same bytes, with one thread or two', async (t) => {
  const compare = options('mixed', '3g-2012');
  const ids = ['lowbeat', 'gecko', 'sockets-2'];
  const texts: string[] = [];
  for (const workers of [1, 1, 2]) {
    texts.push(JSON.stringify(await runComparison({ compare, strategies: ids, workers })));
  }
  t.equal(texts[1], texts[0], 'again');
  t.equal(texts[2], texts[0], 'with two workers');
  await t.rejects(runComparison({ compare, strategies: ['nobody'], workers: 2 }), /no strategy "nobody": there are .*gecko/);
  await t.rejects(strategiesOf(['sockets-0']), /no strategy "sockets-0"/);
});

await t.test('every strategy of the folder runs a mixed day without starving or spinning', (t) => {
  const compare = options('mixed', 'lte-2012');
  const all = [...strategies.values()];
  const outcomes = phoneJobs(compare).flatMap((job) => runJob(compare, all, job));
  for (const row of toRows(compare, outcomes)) {
    const perLink = row.beatsPerDay / (strategies.get(row.strategy)?.connections ?? 1);
    t.ok(perLink <= 86_400 / 40, `${row.strategy}: ${row.beatsPerDay.toFixed(0)} beats a day`);
    t.ok(row.reconnectsPerDay < 500, `${row.strategy}: ${row.reconnectsPerDay.toFixed(0)} connects a day`);
    t.ok(row.joulesPerDay > 0 && Number.isFinite(row.energyRatio));
    t.ok(row.latenessMaxS < 4 * 3600, `${row.strategy}: the latest by ${row.latenessMaxS.toFixed(0)} s`);
  }
  t.end();
});

await t.test('rows have exactly the documented fields, the newer ones last', (t) => {
  const compare = options('plain', 'lte-2012', { devices: 1, days: 1 });
  const [row] = toRows(compare, runJob(compare, [], { seed: 1, device: 0 }));
  t.same(Object.keys(publicFields(row!)), [
    'strategy', 'world', 'profile', 'energyRatio', 'joulesPerDay', 'latePercent', 'latenessP95S', 'latenessMaxS', 'beatsPerDay',
    'reconnectsPerDay', 'seeds', 'battery', 'batteryPercentPerDay',
  ]);
  t.equal(row!.energyRatio, 1);
  t.ok(row!.keepAliveJoulesPerDay > 0 && row!.keepAliveJoulesPerDay < row!.joulesPerDay, 'keeping alive is a part of the whole');
  t.end();
});

await t.test('nobody beats who knows everything, at the same lateness', (t) => {
  const all = [...strategies.values()];
  for (const world of ['plain', 'cellular']) {
    const compare = options(world, 'lte-2012', { days: 4, devices: 3 });
    const calm = { ...compare.world };
    for (const box of Object.values(calm.middleboxes)) box.rebootsPerDay = 0;
    const rows = toRows(compare, phoneJobs(compare).flatMap((job) => runJob({ ...compare, world: calm }, all, job)));
    const optimum = rows.find(({ strategy }) => strategy === 'optimum')!;
    t.equal(optimum.latePercent, 0, `${world}: the optimum never loses a link`);
    for (const { strategy, latePercent, energyRatio } of rows) {
      if (latePercent > 0) continue;
      t.ok(energyRatio >= 0.99, `${world}: ${strategy} takes ${energyRatio.toFixed(3)}`);
    }
  }
  t.end();
});

// --- rivals by their rule tables -----------------------------------------------------------------------

/** A link under a strategy: intervals as the controller plans them, in seconds. */
class Script {
  readonly #controller: HeartbeatController;
  #nowMs = 0;

  constructor(id: string, network: NetworkKind = 'cellular', networkKey = 'carrier') {
    const strategy = strategies.get(id);
    if (!strategy) throw new Error(`no strategy ${id}`);
    this.#controller = strategy.create({ index: 0, seed: 1 });
    this.connect(network, networkKey);
  }

  connect(network: NetworkKind = 'cellular', networkKey = 'carrier'): this {
    this.#controller.observe(this.#nowMs, { type: 'connected', networkKey, network });
    return this;
  }

  get intervalS(): number {
    return Math.round((this.#controller.plan(this.#nowMs).beatAtMs - this.#nowMs) / 1000);
  }

  /** Beats when due; answered at once. */
  succeed(times = 1): this {
    for (let beat = 0; beat < times; beat += 1) {
      this.#beat();
      this.#controller.observe(this.#nowMs, { type: 'answered', sentAtMs: this.#nowMs });
    }
    return this;
  }

  /** Beats when due; the link turns out dead and is made anew. */
  fail(times = 1, end: ConnectionEnd = 'answer-timeout'): this {
    for (let beat = 0; beat < times; beat += 1) {
      this.#beat();
      this.#controller.observe(this.#nowMs, { type: 'disconnected', end, unansweredSinceMs: this.#nowMs });
      this.connect();
    }
    return this;
  }

  foreground(foreground: boolean): this {
    this.#controller.observe(this.#nowMs, { type: 'foreground', foreground });
    return this;
  }

  wait(days: number): this {
    this.#nowMs += days * 86_400_000;
    this.connect();
    return this;
  }

  #beat(): void {
    this.#nowMs = this.#controller.plan(this.#nowMs).beatAtMs;
    this.#controller.observe(this.#nowMs, { type: 'heartbeat-sent', dedicated: true, bytes: 12 });
  }
}

await t.test('rivals follow their rules', async (t) => {
  await t.test('the fixed ones', (t) => {
    for (const [id, seconds] of [['ntfy', 45], ['nextpush', 50], ['telegram', 180], ['sunup', 300]] as const) {
      t.equal(new Script(id).intervalS, seconds, id);
      t.equal(new Script(id).succeed(10).intervalS, seconds, `${id} after successes`);
      t.equal(new Script(id).fail(3).intervalS, seconds, `${id} after failures`);
    }
    t.equal(new Script('gcm').intervalS, 28 * 60);
    t.equal(new Script('gcm', 'wifi', 'home').intervalS, 15 * 60);
    t.equal(strategies.get('gcm')?.answerWaitMs, 60_000);
    t.end();
  });
  await t.test('Gecko: ×1.5 on success up to 1740 s, ÷2 after the second failure', (t) => {
    const script = new Script('gecko');
    t.equal(script.intervalS, 180);
    t.equal(script.succeed().intervalS, 270);
    t.equal(script.succeed().intervalS, 405);
    t.equal(new Script('gecko').succeed(20).intervalS, 1740);
    t.equal(new Script('gecko').succeed(4).fail(1).intervalS, new Script('gecko').succeed(4).intervalS, 'one failure changes nothing');
    t.ok(new Script('gecko').succeed(4).fail(2).intervalS < new Script('gecko').succeed(4).intervalS);
    t.end();
  });
  await t.test('Mars: three short beats, steps of 60 s then 20 s, back 80 s and stable', (t) => {
    t.equal(new Script('mars').intervalS, 210);
    t.equal(new Script('mars').succeed(5).intervalS, 270, '60 s after five successes');
    t.equal(new Script('mars').succeed(10).intervalS, 290, 'then 20 s after five more');
    t.equal(new Script('mars').succeed(500).intervalS, 580, 'the effective maximum');
    t.equal(new Script('mars').succeed(500).fail(2).intervalS, 500, 'two failures: back 80 s');
    t.equal(new Script('mars').succeed(500).fail(2).succeed(20).intervalS, 500, 'and stable');
    t.equal(new Script('mars').succeed(500).fail(4).intervalS, 210, 'two more: from the start');
    t.ok(new Script('mars').succeed(500).fail(2).wait(8).succeed(6).intervalS > 500, 'probed again after seven days');
    t.equal(new Script('mars').succeed(500).foreground(true).intervalS, 210, 'in the foreground the shortest');
    t.equal(new Script('mars').succeed(500).connect('wifi', 'home').intervalS, 210, 'another network starts anew');
    t.end();
  });
  await t.test('microG: ×1.02 and ×0.95 between 300 and 900 s, by type of network', (t) => {
    t.equal(new Script('microg').intervalS, 300);
    t.equal(new Script('microg').succeed(1).intervalS, 306);
    t.equal(new Script('microg').succeed(200).intervalS, 900);
    t.equal(new Script('microg').succeed(200).fail(1).intervalS, 855);
    t.equal(new Script('microg').fail(5).intervalS, 300);
    t.equal(new Script('microg').succeed(200).connect('cellular', 'other').intervalS, 900);
    t.equal(new Script('microg').succeed(200).connect('wifi', 'home').intervalS, 300);
    t.equal(strategies.get('microg')?.answerWaitMs, 90_000);
    t.end();
  });
  await t.test('Kontalk: from half an hour, ×1.5 and ÷2, 5 to 30 min', (t) => {
    t.equal(new Script('kontalk').intervalS, 1800);
    t.equal(new Script('kontalk').fail(1).intervalS, 900);
    t.equal(new Script('kontalk').fail(9).intervalS, 300);
    t.equal(new Script('kontalk').fail(9).succeed(1).intervalS, 450);
    t.equal(new Script('kontalk').succeed(9).intervalS, 1800);
    t.end();
  });
  await t.test('IoTivity: 2, 4, … 64 min, and from the start after a failure', (t) => {
    const script = new Script('iotivity');
    for (const minutes of [2, 4, 8, 16, 32, 64, 64]) {
      t.equal(script.intervalS, minutes * 60);
      script.succeed();
    }
    t.equal(script.fail().intervalS, 120);
    t.equal(strategies.get('iotivity')?.answerWaitMs, 60_000);
    t.end();
  });
  await t.test('one socket per app: ten intervals, each once, in an order of the phone', (t) => {
    const sockets = strategies.get('sockets-10')!;
    const intervalsOf = (seed: number): number[] =>
      Array.from({ length: 10 }, (_, index) => {
        const socket = sockets.create({ index, seed });
        socket.observe(0, { type: 'connected', networkKey: 'carrier', network: 'cellular' });
        const firstMs = socket.plan(0).beatAtMs;
        socket.observe(firstMs, { type: 'heartbeat-sent', dedicated: true, bytes: 12 });
        const intervalMs = socket.plan(firstMs).beatAtMs - firstMs;
        t.ok(firstMs <= intervalMs, 'the first beat comes at a phase of its own');
        return intervalMs / 1000;
      });
    const sorted = (numbers: number[]): number[] => [...numbers].sort((a, b) => a - b);
    t.same(sorted(intervalsOf(1)), [45, 50, 180, 180, 270, 300, 300, 580, 900, 1800]);
    t.same(sorted(intervalsOf(2)), sorted(intervalsOf(1)));
    t.notSame(intervalsOf(2), intervalsOf(1));
    t.end();
  });
});
