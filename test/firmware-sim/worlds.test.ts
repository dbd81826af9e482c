import t from 'tap';
import { deviceSeed, drawTrace, type SeedSet, type Trace } from '../../firmware-sim/world/trace.js';
import { loadWorld, parseWorld, worldIds } from '../../firmware-sim/world/world.js';

await t.test('every world of the repository is read, and carries the name of its file', (t) => {
  for (const id of worldIds()) t.equal(loadWorld(id).id, id);
  t.ok(worldIds().length >= 7);
  t.throws(() => loadWorld('mars'), /no world "mars": there are .*mixed/);
  t.end();
});

await t.test('a mistake is named with its place', (t) => {
  const gone = undefined;
  const mistakes: readonly (readonly [name: string, path: string, value: unknown, message: RegExp])[] = [
    ['a field is missing', 'places', gone, /places/],
    ['a field too many', 'weather', 'rain', /weather/],
    ['a share above 1', 'background.visibleShare', 1.5, /background\.visibleShare/],
    ['a negative rate', 'background.perHour', -1, /background\.perHour/],
    ['an hour', 'notifications.byHour', [1], /notifications\.byHour/],
    ['no timeouts', 'middleboxes.home.timeouts', [], /middleboxes\.home\.timeouts/],
    ['a timeout that is text', 'middleboxes.home.timeouts.0.seconds', '300', /middleboxes\.home\.timeouts\[0\]/],
    ['more boxes than all', 'middleboxes.home.refresh.downShare', 0.1, /middleboxes\.home\.refresh/],
    ['boxes of an unknown kind', 'middleboxes.home.refresh.sidewaysShare', 0.1, /sidewaysShare/],
    ['a weight of 0', 'middleboxes.home.timeouts.0.weight', 0, /middleboxes\.home\.timeouts\[0\]/],
    ['a link that is none', 'places.home.link', 'cable', /places\.home\.link/],
    ['a place without a middlebox', 'places.home.middlebox', gone, /place "home" needs a middlebox: one of home/],
    ['a middlebox that is not there', 'places.home.middlebox', 'attic', /place "home" needs a middlebox: one of home/],
    ['a day that visits nowhere', 'day.0.place', 'moon', /the day visits "moon", which is not a place: home/],
    ['a day that begins at noon', 'day.0.startHour', 12, /needs a stretch that starts at hour 0 on all days/],
    ['a day of 30 hours', 'day.0.startHour', 30, /day\[0\]\.startHour/],
    ['half a network', 'places.home.networks', 0.5, /places\.home\.networks/],
    ['a bad id', 'id', 'My World', /id/],
  ];
  for (const [name, path, value, message] of mistakes) {
    const world = withChange(path, value);
    t.throws(() => parseWorld(JSON.stringify(world), 'mine.json'), message, name);
    t.throws(() => parseWorld(JSON.stringify(world), 'mine.json'), /world mine\.json/, `${name}: and the file is named`);
  }
  t.throws(() => parseWorld('{', 'mine.json'), /world mine\.json: not JSON/);
  t.end();
});

/** The plain world with another value at a path of names and indices; undefined takes the field away. */
function withChange(path: string, value: unknown): unknown {
  const world: unknown = JSON.parse(JSON.stringify(loadWorld('plain')));
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = world as Record<string, unknown>;
  for (const name of names) at = at[name] as Record<string, unknown>;
  at[last] = value;
  return world;
}

await t.test('no device of one set has the seed of a device of another', (t) => {
  const owners = new Map<number, string>();
  const sets: SeedSet[] = ['training', 'validation', 'report'];
  for (const set of sets) {
    for (let seed = 1; seed <= 20; seed += 1) {
      for (let device = 0; device < 120; device += 1) {
        const drawn = deviceSeed(set, seed, device);
        const owner = `${set} ${seed} ${device}`;
        if (owners.has(drawn)) t.fail(`${owner} is ${owners.get(drawn)}`);
        owners.set(drawn, owner);
      }
    }
  }
  t.equal(owners.size, 3 * 20 * 120, 'three sets, twenty seeds, 120 devices');
  t.end();
});

await t.test('a trace', async (t) => {
  await t.test('is the same for the same seed, another for another', (t) => {
    for (const id of worldIds()) {
      const world = loadWorld(id);
      t.equal(JSON.stringify(drawTrace(world, 7, 3)), JSON.stringify(drawTrace(world, 7, 3)), id);
      t.not(JSON.stringify(drawTrace(world, 7, 3)), JSON.stringify(drawTrace(world, 8, 3)), `${id}, another seed`);
    }
    t.end();
  });
  await t.test('covers every instant once, in order', (t) => {
    for (const id of worldIds()) {
      const { attachments, endMs, bursts, arrivals } = drawTrace(loadWorld(id), 3, 7);
      t.equal(attachments[0]?.startMs, 0);
      t.equal(attachments.at(-1)?.endMs, endMs);
      t.ok(attachments.every((stay, index) => index === 0 || stay.startMs === attachments[index - 1]?.endMs), `${id}: without gaps`);
      t.ok(bursts.every(({ startMs }, index) => index === 0 || startMs >= bursts[index - 1]!.startMs));
      t.ok(arrivals.every(({ atMs }) => atMs < endMs));
    }
    t.end();
  });
  await t.test('keeps a network\'s timeout where the box says so', (t) => {
    const keyTimeouts = new Map<string, Set<number>>();
    for (const { networkKey, timeoutMs } of drawTrace(loadWorld('cellular'), 5, 14).attachments) {
      keyTimeouts.set(networkKey, (keyTimeouts.get(networkKey) ?? new Set()).add(timeoutMs));
    }
    t.ok([...keyTimeouts.values()].every((timeouts) => timeouts.size === 1));
    const hostile = drawTrace(loadWorld('hostile'), 5, 14).attachments.filter(({ link }) => link === 'cellular');
    t.ok(new Set(hostile.map(({ timeoutMs }) => timeoutMs)).size > 1, 'and draws anew in the hostile world');
    t.end();
  });
  await t.test('draws which packets a box heeds by its shares, and moves nothing else by it', (t) => {
    const plain = loadWorld('plain');
    const tracesWith = (refresh: object): Trace[] => {
      const text = JSON.stringify({ ...plain, middleboxes: { home: { ...plain.middleboxes['home'], refresh } } });
      const world = parseWorld(text, 'plain');
      return Array.from({ length: 2_000 }, (_, seed) => drawTrace(world, seed, 1));
    };
    const shareOf = (traces: Trace[], kind: string): number =>
      traces.filter(({ attachments: [stay] }) => stay?.refreshedBy === kind).length / traces.length;
    const old = tracesWith({ bothShare: 0.5 });
    const three = tracesWith({ bothShare: 0.5, downShare: 0.2 });
    for (const [kind, share] of [['both', 0.5], ['up', 0.3], ['down', 0.2]] as const) {
      t.ok(Math.abs(shareOf(three, kind) - share) < 0.04, `${kind}: ${shareOf(three, kind)} of ${share}`);
    }
    t.equal(shareOf(old, 'down'), 0, 'without a share there is none');
    t.same(tracesWith({ bothShare: 0.5, downShare: 0 }), old);
    for (const [index, { attachments, ...rest }] of three.entries()) {
      const { attachments: before = [], ...restBefore } = old[index] ?? {};
      t.equal(JSON.stringify(rest), JSON.stringify(restBefore));
      const boxes = before.map((stay, at) => ({ ...stay, refreshedBy: attachments[at]?.refreshedBy }));
      t.equal(JSON.stringify(attachments), JSON.stringify(boxes));
      t.ok(attachments.every((stay, at) => stay.refreshedBy === before[at]?.refreshedBy || stay.refreshedBy === 'down'));
    }
    t.end();
  });
  await t.test('more notifications do not move the rest (common random numbers)', (t) => {
    const world = loadWorld('mixed');
    const busy = { ...world, notifications: { ...world.notifications, perDay: 500 } };
    t.same(drawTrace(world, 2, 5).attachments, drawTrace(busy, 2, 5).attachments);
    t.same(drawTrace(world, 2, 5).bursts, drawTrace(busy, 2, 5).bursts);
    t.end();
  });
});
