// `npm run bench`: runs the benchmarks that are named, or all; prints tables, and leaves JSON and pictures in bench-results/.

import { join } from 'node:path';

import { Command, InvalidArgumentError } from 'commander';

import { benchmarks } from './benchmarks.js';
import { holds } from './harness/benchmark.js';
import { projectFolder } from './harness/processes.js';
import type { Result } from './harness/results.js';
import { writeResult } from './harness/results.js';
import { profileGateways } from './subjects/lowbeat.js';
import { runBenchmark } from './harness/run.js';
import { resultTable, targetTable } from './harness/table.js';

interface Options {
  readonly full?: boolean;
  readonly json?: boolean;
  readonly list?: boolean;
  readonly seed: number;
  readonly rounds?: number;
  readonly profile?: boolean;
  readonly out: string;
}

const program = new Command('npm run bench --')
  .description('benchmarks of Lowbeat; docs/performance.md says what each measures')
  .argument('[names...]', `any of: ${benchmarks.map(({ name }) => name).join(', ')}; all of them if absent`)
  .option('--full', 'sizes that mean something; without it small ones, all within some minutes')
  .option('--json', 'one object a row on standard output: name, subject, n, metric, value, unit')
  .option('--list', 'only say what there is')
  .option('--seed <number>', 'of everything that is drawn', wholeNumber, 1)
  .option('--rounds <number>', 'fresh processes of each subject; 3 with --full, else 1', wholeNumber)
  .option('--profile', 'also write a CPU profile of each gateway into <out>/profiles')
  .option('--out <folder>', 'where results are written', join(projectFolder, 'bench-results'))
  .action(run);
await program.parseAsync();
// What a benchmark left open must not keep the process.
process.exit();

async function run(names: readonly string[], { full = false, json = false, list = false, seed, rounds, profile = false, out }: Options): Promise<void> {
  if (list) {
    for (const { name, title } of benchmarks) process.stdout.write(`${name.padEnd(16)}${title}\n`);
    return;
  }
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    program.error(`no benchmark ${unknown.join(', ')}; there are ${benchmarks.map(({ name }) => name).join(', ')}`);
  }
  for (const benchmark of benchmarks.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const tell = (text: string): void => void process.stderr.write(`  ${text}\n`);
    if (!json) process.stdout.write(`\n== ${benchmark.title}\n   ${benchmark.about}\n\n`);
    if (profile) profileGateways(join(out, 'profiles', benchmark.name));
    try {
      const result = await runBenchmark(benchmark, { full, seed, ...(rounds !== undefined && { rounds }), scratch: join(out, 'scratch'), tell });
      writeResult(out, result);
      print(result, json);
    } catch (error) {
      // The others are still worth their figures.
      process.exitCode = 1;
      process.stderr.write(`${benchmark.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
  }
  if (!json) process.stdout.write(`\nResults: ${out}; npm run bench:report makes one page of them.\n`);
}

function print(result: Result, json: boolean): void {
  if (json) {
    for (const { name, subject, n, metric, value, unit } of result.rows) {
      process.stdout.write(`${JSON.stringify({ name, subject, n, metric, value, unit })}\n`);
    }
    return;
  }
  process.stdout.write(resultTable(result.rows, result.counts));
  if (result.targets.length > 0) {
    process.stdout.write(`\n${targetTable(result.targets)}`);
    // Small sizes decide nothing.
    if (result.full && !result.targets.every(holds)) process.stdout.write('A target is missed.\n');
  }
  for (const note of result.notes) process.stdout.write(`\n   ${note}\n`);
  process.stdout.write(`\n   ${result.seconds.toFixed(1)} s, seed ${result.seed}, commit ${result.commit}, load before ${result.machine.loadAtStart}\n`);
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('must be a whole number');
}
