// Real device clients and a real gateway, over real sockets and through boxes that forget idle flows, do what the simulator predicts.
// Their clock runs fast, and slowly while something is under way, so a busy machine makes a run longer and changes nothing in it.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import t from 'tap';
import type { Test } from 'tap';

import { agreement, type AgreementRow } from '../../firmware-sim/live/agreement.js';
import { liveTraces, predict, stayOf } from '../../firmware-sim/live/live-world.js';
import { Middlebox } from '../../firmware-sim/live/middlebox.js';
import { ScaledTime } from '../../firmware-sim/live/scaled-time.js';
import type { Trace } from '../../firmware-sim/world/trace.js';
import { runLivePhones } from '../../src/cli/live-phones.js';
import { lowbeat } from '../cli/processes.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? 2);
/** As fast as this machine can. */
const speed = 50_000;

t.setTimeout(170_000);

await t.test(`real phones do what the simulator predicts (LOWBEAT_SEED=${seed})`, async (t) => {
  const traces = liveTraces({ devices: 8, days: 2, seed });

  const { tallies, forgotten } = await runLivePhones({ traces, speed });

  const rows = agreement(tallies, traces.map(predict));
  for (const row of rows) t.comment(`${row.measure}: live ${row.live}, simulated ${row.simulated}`);
  t.same(disagreeing(rows), [], 'beats, connects, dead links and what came late, within 10 %');
  const live = new Map(rows.map((row) => [row.measure, row.live]));
  t.ok((live.get('beats') ?? 0) > 100, 'the phones beat');
  t.ok((live.get('dead links') ?? 0) > 0, 'they lost links, and found them again');
  t.ok((live.get('later than 60 s') ?? 0) > 0, 'what was sent on a dead link came late');
  t.equal(live.get('notifications'), traces.reduce((sum, { arrivals }) => sum + arrivals.length, 0));
  t.ok(forgotten >= (live.get('dead links') ?? 0), 'each dead link was a flow that a box had forgotten');

  const other = traces.map((trace) => predict(withTimeouts(trace, 0.5)));
  t.not(disagreeing(agreement(tallies, other)).length, 0, 'a prediction for other boxes does not agree');
});

await t.test('the command prints one object a row', async (t) => {
  const { code, stdout, stderr } = await lowbeat([
    'lab', 'live', '--devices', '2', '--days', '1', '--seed', '1', '--speed', String(speed), '--json',
  ]);
  t.equal(code, 0, stderr);
  const rows = stdout.trim().split('\n').map((line) => JSON.parse(line) as AgreementRow & { readonly seed: number });
  t.ok(['beats', 'connects', 'dead links'].every((measure) => rows.some((row) => row.measure === measure)));
  t.ok(rows.every((row) => row.seed === 1 && Number.isFinite(row.live) && Number.isFinite(row.simulated)));

  const refused = await lowbeat(['lab', 'live', '--devices', '0']);
  t.equal(refused.code, 2);
  t.match(refused.stderr, /must be a whole number from 1 to 200/);
});

await t.test('scaled time', async (t) => {
  const time = new ScaledTime({ startMs: 1_000, speed });
  const fired: string[] = [];
  const note = (what: string) => () => fired.push(`${what} at ${time.nowMs()}`);

  time.set(3_600_000, note('hour'));
  time.set(60_000, note('minute'));
  time.set(60_000, note('the same minute'));
  time.set(30_000, note('cancelled'))();
  const stopTicking = time.every(1_000_000, note('tick'));
  time.start();
  await new Promise<void>((resolve) => time.set(3_600_000, resolve));
  stopTicking();
  time.stop();

  t.same(fired, [
    'minute at 61000', 'the same minute at 61000', 'tick at 1001000', 'tick at 2001000', 'tick at 3001000', 'hour at 3601000',
  ], 'each at its instant, in order');
  const stoppedMs = time.nowMs();
  await turn();
  t.equal(time.nowMs(), stoppedMs, 'it stands still once it was stopped');
});

await t.test('a box', async (t) => {
  await t.test('passes packets both ways, and each refreshes the flow', async (t) => {
    const { near, far, pass, received } = await flow(t, { resets: false });
    for (const [from, text] of [[near, 'up'], [far, 'down'], [near, 'again']] as const) {
      pass(100_000);
      from.write(text);
      await once(from === near ? far : near, 'data');
    }
    t.same(received, ['up', 'down', 'again']);
  });

  await t.test('drops what comes after its time, in silence', async (t) => {
    const { near, far, pass, received, middlebox } = await flow(t, { resets: false });
    pass(100_001);
    near.write('lost');
    far.write('lost too');
    while (middlebox.forgotten === 0) await turn();
    near.end();
    for (let turns = 0; turns < 50; turns += 1) await turn();
    t.same(received, [], 'nothing arrives');
    t.notOk(far.readableEnded || far.destroyed, 'nor does the end of one side reach the other');
  });

  await t.test('forgets everything when it restarts, and keeps what begins then', async (t) => {
    const { near, far, received, middlebox } = await flow(t, { resets: false });
    middlebox.reboot();
    far.write('lost');
    while (middlebox.forgotten === 0) await turn();
    const next = connect(middlebox.port, '127.0.0.1');
    t.teardown(() => next.destroy());
    await once(next, 'connect');
    t.notOk(near.destroyed, 'nobody was told');
    t.same(received, []);
    t.equal(middlebox.forgotten, 1);
  });

  await t.test('or answers the phone with RST, and tells the gateway nothing', async (t) => {
    const { near, far, pass, received } = await flow(t, { resets: true });
    pass(100_001);
    near.write('lost');
    const [error] = (await once(near, 'error')) as [NodeJS.ErrnoException];
    t.equal(error.code, 'ECONNRESET');
    for (let turns = 0; turns < 50; turns += 1) await turn();
    t.same(received, []);
    t.notOk(far.destroyed);
  });
});

function disagreeing(rows: readonly AgreementRow[]): readonly AgreementRow[] {
  return rows.filter(({ agrees }) => agrees === false);
}

function withTimeouts(trace: Trace, factor: number): Trace {
  const stay = stayOf(trace);
  return { ...trace, attachments: [{ ...stay, timeoutMs: stay.timeoutMs * factor }] };
}

interface OpenFlow {
  readonly middlebox: Middlebox;
  readonly near: Socket;
  readonly far: Socket;
  /** What arrived at either end. */
  readonly received: string[];
  /** Lets time go by. */
  readonly pass: (ms: number) => void;
}

/** A connection through a box that keeps an idle flow for 100 s. */
async function flow(t: Test, { resets }: { readonly resets: boolean }): Promise<OpenFlow> {
  let nowMs = 0;
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const middlebox = await Middlebox.listen({
    targetPort: (server.address() as AddressInfo).port,
    timeoutMs: 100_000,
    resets,
    nowMs: () => nowMs,
    onPacket: () => undefined,
  });
  const near = connect(middlebox.port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  const received: string[] = [];
  for (const socket of [near, far]) {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => received.push(bytes.toString()));
  }
  t.teardown(async () => {
    near.destroy();
    far.destroy();
    server.close();
    await middlebox.close();
  });
  return { middlebox, near, far, received, pass: (ms) => { nowMs += ms; } };
}
