// `lowbeat lab`: the battery simulator for engineers. Tables on a terminal, JSON for programs, a report for people.

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { batteryIds, defaultBattery, loadBattery } from '../../firmware-sim/battery/battery.js';
import { optimumId, publicFields, type CompareOptions, type CompareRow } from '../../firmware-sim/lab/compare.js';
import { writeReport } from '../../firmware-sim/lab/report/report.js';
import { runComparison } from '../../firmware-sim/lab/run-jobs.js';
import { firstDay } from '../../firmware-sim/lab/first-day.js';
import { sensitivity } from '../../firmware-sim/lab/sensitivity.js';
import { deviationText, validate, validationTable } from '../../firmware-sim/lab/validate.js';
import { radioProfileIds } from '../../firmware-sim/radio/profile.js';
import { loadStrategies } from '../../firmware-sim/strategies/load.js';
import type { SeedSet } from '../../firmware-sim/world/trace.js';
import { loadWorld, parseWorld, worldIds, type World } from '../../firmware-sim/world/world.js';
import { registerLabLive } from './lab-live.js';
import { renderTable } from './table.js';

interface LabOptions {
  readonly world: string;
  readonly set: SeedSet;
  readonly profile: string[];
  readonly wifiProfile: string;
  readonly battery: string;
  readonly strategy?: string[];
  readonly devices: number;
  readonly days: number;
  readonly seeds: number;
  readonly workers: number;
  readonly json?: boolean;
}

/** At least four radios: no result rests on one of them. */
const reportProfiles = ['lte-2012', '3g-2012', 'lte-modern', '5g-sa-tmobile'];

export function registerLab(program: Command): void {
  const lab = program.command('lab').description('the battery simulator: what a heartbeat costs a phone, and what learning saves');
  withRunOptions(lab.command('compare').description('strategies side by side on the same simulated phones'))
    .requiredOption('--world <world>', `a world (${worldIds().join(', ')}) or a file`)
    .action(async (options: LabOptions) => compareCommand(options));
  withRunOptions(lab.command('run').description("one world under Lowbeat's own strategy").argument('<world>', 'a world or a file'))
    .action(async (world: string, options: LabOptions) =>
      compareCommand({ ...options, world, strategy: options.strategy ?? ['lowbeat'] }),
    );
  withRunOptions(lab.command('sensitivity').description('how much a result leans on constants without a source'))
    .option('--world <world>', 'a world or a file', 'mixed')
    .action((options: LabOptions) => sensitivityCommand(options));
  withRunOptions(lab.command('first-day').description("networks never seen before: with what the fleet learned of them, and without"))
    .option('--world <world>', 'a world or a file', 'mixed')
    .action((options: LabOptions) => firstDayCommand({ ...options, days: 1 }));
  withRunOptions(lab.command('report').description('a page with pictures of all results: index.html, results.json, energy.svg'))
    .requiredOption('--out <folder>', 'where it is written')
    .option('--world <world...>', 'only these worlds, or files; the repository\'s if absent')
    .action(async (options: ReportCommandOptions) => reportCommand(options));
  lab
    .command('validate')
    .description('the simulator beside published measurements; fails when a row is out of its tolerance')
    .option('--json', 'one object a line')
    .option('--markdown', 'the table of docs/simulator.md')
    .action((options: ValidateOptions) => validateCommand(options));
  registerLabLive(lab);
}

function sensitivityCommand(options: LabOptions): void {
  const { set, wifiProfile, battery, devices, days, seeds } = options;
  for (const profile of options.profile) {
    const world = readWorld(options.world);
    const rows = sensitivity({ world, set, profile, wifiProfile, battery, devices, days, seeds: firstNumbers(seeds) });
    if (options.json) {
      for (const row of rows) process.stdout.write(`${JSON.stringify({ profile, ...row })}\n`);
      continue;
    }
    process.stdout.write(`\n${world.title} · ${profile}\n\n`);
    const lines = rows.map(({ constant, value, energyRatio, joulesPerDay, batteryPercentPerDay, latePercent }) => [
      `${constant} ${value}`.trim(), energyRatio.toFixed(3), joulesPerDay.toFixed(1), batteryPercentPerDay.toFixed(3), latePercent.toFixed(3),
    ]);
    process.stdout.write(renderTable(['assumed', 'energy', 'J/day', 'battery %/day', 'late %'], lines));
  }
}

function firstDayCommand(options: LabOptions): void {
  const { set, wifiProfile, battery, devices, days, seeds } = options;
  for (const profile of options.profile) {
    const world = readWorld(options.world);
    const rows = firstDay({ world, set, profile, wifiProfile, battery, devices, days, seeds: firstNumbers(seeds) });
    if (options.json) {
      for (const row of rows) process.stdout.write(`${JSON.stringify({ profile, ...row })}\n`);
      continue;
    }
    process.stdout.write(`\n${world.title}, the first day · ${profile}\n\n`);
    const lines = rows.map(({ knowledge, energyRatio, joulesPerDay, batteryPercentPerDay, latePercent, deadLinksPerDay }) => [
      knowledge, energyRatio.toFixed(3), joulesPerDay.toFixed(1), batteryPercentPerDay.toFixed(3), latePercent.toFixed(3), deadLinksPerDay.toFixed(2),
    ]);
    process.stdout.write(renderTable(['', 'energy', 'J/day', 'battery %/day', 'late %', 'dead links/day'], lines));
  }
}

interface ReportCommandOptions extends Omit<LabOptions, 'world'> {
  readonly out: string;
  readonly world?: string[];
}

async function reportCommand(options: ReportCommandOptions): Promise<void> {
  const { out, set, profile, wifiProfile, battery, devices, days, seeds, workers } = options;
  const worlds = (options.world ?? worldIds()).map(readWorld);
  await writeReport(
    {
      worlds,
      set,
      profiles: profile,
      wifiProfile,
      battery,
      devices,
      days,
      seeds: firstNumbers(seeds),
      workers,
      onProgress: progressBar(),
    },
    out,
  );
  process.stdout.write(`${join(out, 'index.html')}\n`);
}

function withRunOptions(command: Command): Command {
  return command
    .option('--set <set>', 'carriers and seeds: training, validation or report', seedSet, 'validation')
    .option('--profile <id...>', `cellular radio (${radioProfileIds().filter((id) => !id.startsWith('wifi')).join(', ')})`, reportProfiles)
    .option('--wifi-profile <id>', `Wi-Fi radio (${radioProfileIds().filter((id) => id.startsWith('wifi')).join(', ')})`, 'wifi-2012')
    .option('--battery <id>', `percentages are of this one (${batteryIds().join(', ')})`, battery, defaultBattery)
    .option('--strategy <id...>', 'only these strategies')
    .option('--devices <n>', 'phones a seed', wholeNumber, 30)
    .option('--days <n>', 'days a phone', wholeNumber, 14)
    .option('--seeds <n>', 'seeds', wholeNumber, 3)
    .option('--workers <n>', 'threads', wholeNumber, availableParallelism())
    .option('--json', 'one object a row');
}

async function compareCommand(options: LabOptions): Promise<void> {
  const world = readWorld(options.world);
  for (const profile of options.profile) {
    const rows = await compareOne(world, profile, options);
    if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify(publicFields(row))}\n`);
    else printRows(world, profile, rows, options);
  }
}

async function compareOne(world: World, profile: string, options: LabOptions): Promise<CompareRow[]> {
  const compare: CompareOptions = {
    world,
    set: options.set,
    profile,
    wifiProfile: options.wifiProfile,
    battery: options.battery,
    devices: options.devices,
    days: options.days,
    seeds: firstNumbers(options.seeds),
  };
  const strategies = options.strategy ?? [...(await loadStrategies()).keys()];
  const onProgress = progressBar();
  return runComparison({ compare, strategies, workers: options.workers, onProgress: (done, all) => onProgress('', done, all) });
}

/** A bar on a terminal; nothing where nobody looks. */
function progressBar(): (what: string, done: number, all: number) => void {
  const started = Date.now();
  return (what, done, all) => {
    if (!process.stderr.isTTY) return;
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    const bar = '█'.repeat(Math.round((30 * done) / all)).padEnd(30, '·');
    process.stderr.write(`\r\x1b[K${done === all ? '' : `${bar} ${done}/${all} phones, ${seconds} s ${what}`}`);
  };
}

function firstNumbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function printRows(world: World, profile: string, rows: readonly CompareRow[], options: LabOptions): void {
  const { devices, days, seeds, set } = options;
  const phones = `${devices} phones × ${days} days × ${seeds} seeds (${set} set)`;
  process.stdout.write(`\n${world.title} · ${profile} · ${phones} · ${loadBattery(options.battery).title}\n\n`);
  const sorted = [...rows].sort((a, b) => a.energyRatio - b.energyRatio);
  const header = ['strategy', 'energy', 'J/day', 'keep-alive J/day', 'battery %/day', 'late %', 'p95 s', 'max s', 'beats/day', 'connects/day'];
  const lines = sorted.map((row) => [
    row.strategy === optimumId ? 'optimum (clairvoyant)' : row.strategy,
    row.energyRatio.toFixed(3),
    row.joulesPerDay.toFixed(1),
    row.keepAliveJoulesPerDay.toFixed(1),
    row.batteryPercentPerDay.toFixed(3),
    row.latePercent.toFixed(3),
    row.latenessP95S.toFixed(1),
    row.latenessMaxS.toFixed(0),
    row.beatsPerDay.toFixed(1),
    row.reconnectsPerDay.toFixed(1),
  ]);
  process.stdout.write(renderTable(header, lines));
}

interface ValidateOptions {
  readonly json?: boolean;
  readonly markdown?: boolean;
}

function validateCommand(options: ValidateOptions): void {
  const rows = validate();
  if (options.markdown) {
    process.stdout.write(`${validationTable(rows)}\n`);
  } else if (options.json) {
    for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
  } else {
    const header = ['what', 'unit', 'published', 'simulated', 'deviation', 'tolerance', ''];
    const lines = rows.map((row) => [
      row.what,
      row.unit,
      String(row.published),
      row.simulated.toPrecision(4),
      deviationText(row),
      `${(100 * row.tolerance).toFixed(0)} %`,
      row.holds ? 'holds' : 'OUT',
    ]);
    process.stdout.write(renderTable(header, lines));
  }
  if (rows.some(({ holds }) => !holds)) process.exitCode = 1;
}

/** A name of the repository's worlds, or a file of a world outside it. */
function readWorld(name: string): World {
  if (worldIds().includes(name)) return loadWorld(name);
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (cause) {
    throw new Error(`no world "${name}": there are ${worldIds().join(', ')}, and no file of that name can be read`, { cause });
  }
  return parseWorld(text, name);
}

function seedSet(value: string): SeedSet {
  if (value === 'training' || value === 'validation' || value === 'report') return value;
  throw new InvalidArgumentError('must be training, validation or report');
}

function battery(value: string): string {
  if (batteryIds().includes(value)) return value;
  throw new InvalidArgumentError(`must be one of ${batteryIds().join(', ')}`);
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('must be a whole number above 0');
}
