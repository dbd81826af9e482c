// `lowbeat lab live`: real device clients against a real gateway, beside what the simulator predicts for the same world.

import { InvalidArgumentError, type Command } from 'commander';
import { agreement, toleratedShare, type AgreementRow } from '../../firmware-sim/live/agreement.js';
import { liveTraces, predict } from '../../firmware-sim/live/live-world.js';
import { limits } from '../core/limits.js';
import { runLivePhones } from './live-phones.js';
import { renderTable } from './table.js';

interface LiveOptions {
  readonly devices: number;
  readonly days: number;
  readonly seed: number;
  readonly speed: number;
  readonly json?: boolean;
}

export function registerLabLive(lab: Command): void {
  lab
    .command('live')
    .description('real clients, gateway and sockets through a box that forgets idle flows; fails where the simulator disagrees')
    .option('--devices <n>', 'phones', within(1, 200), 8)
    .option('--days <n>', 'days of each phone', within(1, 60), 3)
    .option('--seed <n>', 'draws timeouts and notifications', within(0, 1_000_000), 1)
    .option('--speed <n>', 'seconds in a real second, at most', within(1, 100_000), 14_400)
    .option('--json', 'one object a row')
    .action(liveCommand);
}

async function liveCommand(options: LiveOptions): Promise<void> {
  const traces = liveTraces(options);
  const beganMs = performance.now();
  const { tallies, forgotten } = await runLivePhones({ traces, speed: options.speed, onProgress: progress });
  const realSeconds = (performance.now() - beganMs) / 1000;
  const rows = agreement(tallies, traces.map(predict));
  if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify({ ...row, seed: options.seed })}\n`);
  else print(rows, options, { forgotten, realSeconds });
  if (rows.some(({ agrees }) => agrees === false)) process.exitCode = 1;
}

function print(
  rows: readonly AgreementRow[],
  { devices, days, seed }: LiveOptions,
  { forgotten, realSeconds }: { readonly forgotten: number; readonly realSeconds: number },
): void {
  const scale = Math.round((days * 86_400) / realSeconds);
  process.stdout.write(
    `\n${devices} phones × ${days} days, seed ${seed}, in ${realSeconds.toFixed(1)} s (${scale} times as fast); ` +
    `wait for an answer ${limits.answerWaitMs / 1000} s of theirs; ${forgotten} flows forgotten\n\n`,
  );
  const lines = rows.map(({ measure, unit, live, simulated, difference, agrees }) => [
    measure,
    number(live, unit),
    number(simulated, unit),
    `${(100 * difference).toFixed(1)} %`,
    agrees === undefined ? '' : agrees ? `within ${100 * toleratedShare} %` : 'OUT',
  ]);
  process.stdout.write(renderTable(['what', 'live', 'simulated', 'difference', ''], lines));
}

function number(value: number, unit: string): string {
  return unit === '' ? String(value) : `${value.toFixed(2)} ${unit}`;
}

function progress(share: number): void {
  if (!process.stderr.isTTY) return;
  const bar = '█'.repeat(Math.round(30 * share)).padEnd(30, '·');
  process.stderr.write(`\r\x1b[K${share >= 1 ? '' : `${bar} ${Math.round(100 * share)} %`}`);
}

function within(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
  };
}
