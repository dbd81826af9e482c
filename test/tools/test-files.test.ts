// The test command's own counting: a verdict that cannot be wrong in silence.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { type FileResult, runTestFiles } from '../../tools/test-files.js';
import { reportFile, reportTests } from '../../tools/test-report.js';

const root = join(import.meta.dirname, '../../..');

const files = {
  'passes.js': `
    import t from 'tap';
    t.ok(1, 'outside any block');
    await t.test('one', async (t) => { t.equal(1, 1); t.equal(2, 2); });
    await t.test('holder', async (t) => {
      await t.test('two', async (t) => { t.ok(1); });
      await t.test('three', async () => {});
    });
    await t.test('side by side', { jobs: 2 }, async (t) => {
      t.test('four', { buffered: true }, async (t) => { t.ok(1); });
      t.test('five', { buffered: true }, async (t) => { t.ok(1); });
    });
    t.comment('warning: something is large');
    console.log('a line of its own');`,
  'fails.js': `
    import t from 'tap';
    await t.test('holder', async (t) => {
      await t.test('wrong', async (t) => { t.equal(1, 2, 'one is two'); t.equal(3, 4, 'three is four'); });
      await t.test('throws', async () => { throw new Error('thrown here'); });
      await t.test('right', async (t) => { t.ok(1); });
    });
    await t.test('plans more', async (t) => { t.plan(2); t.comment('seed 7'); t.ok(1); });
    console.log('a line of the one that fails');
    console.error('said on standard error');`,
  'passes-over.js': `
    import t from 'tap';
    await t.test('skipped', { skip: 'no radio here' }, async (t) => { t.ok(0); });
    await t.test('later', { todo: 'when there is one' }, async (t) => { t.ok(0); });
    await t.test('partly', async (t) => { t.ok(1); t.ok(0, 'a part', { skip: 'not today' }); });`,
  'nothing.js': "import 'tap';",
  'no-tap.js': "console.log('hello');",
  'throws-at-load.js': "throw new Error('at load');",
  'killed.js': `
    import t from 'tap';
    const never = new Promise(() => {});
    await t.test('before', async (t) => { t.ok(1); });
    await t.test('during', async (t) => { t.ok(1); process.kill(process.pid, 'SIGKILL'); await never; });`,
  'exits.js': `
    import t from 'tap';
    await t.test('before', async (t) => { t.ok(1); });
    process.on('exit', () => { process.exitCode = 7; });`,
  'hangs.js': `
    import t from 'tap';
    await t.test('before', async (t) => { t.ok(1); });
    setInterval(() => {}, 1000);
    await t.test('for ever', () => new Promise(() => {}));`,
  'leaves-one-behind.js': `
    import { spawn } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    import t from 'tap';
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    writeFileSync(process.env.LEFT_BEHIND, String(child.pid));
    child.unref();
    t.ok(1);`,
};

/** Counts of each file, and whether it was broken whatever its tests said. */
type Expected = readonly [passed: number, failed: number, skipped: number, broken?: RegExp];
const expected: Readonly<Record<string, Expected>> = {
  'passes.js': [6, 0, 0],
  'fails.js': [1, 3, 0],
  'passes-over.js': [1, 0, 3],
  'nothing.js': [0, 1, 0, /^ran no test$/],
  'no-tap.js': [0, 1, 0, /^ran no test$/],
  'throws-at-load.js': [0, 1, 0, /^ran no test \(exit code 1\)$/],
  'killed.js': [1, 1, 0, /^ended by SIGKILL$/],
  'exits.js': [1, 1, 0, /^exit code 7 though no test failed$/],
  'leaves-one-behind.js': [1, 0, 0],
  'absent.js': [0, 1, 0, /^ran no test \(exit code 1\)$/],
};

const run = async (folder: string, names: readonly string[], timeoutMs: number): Promise<readonly FileResult[]> =>
  runTestFiles({
    files: names.map((name) => join(folder, name)), cwd: root, jobs: 2, timeoutMs, onResult: () => undefined,
  });

const resultOf = (results: readonly FileResult[], name: string): FileResult => {
  const found = results.find(({ file }) => file.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`no result of ${name}`);
  return found;
};

await t.test('test files are run and counted', async (t) => {
  const folder = t.testdir(files);
  const pidFile = join(folder, 'pid');
  process.env['LEFT_BEHIND'] = pidFile;
  const results = await run(folder, Object.keys(expected), 60_000);

  for (const [name, [passed, failed, skipped, broken]] of Object.entries(expected)) {
    await t.test(name, (t) => {
      const result = resultOf(results, name);
      t.same([result.passed, result.failed, result.skipped], [passed, failed, skipped], 'passed, failed, skipped');
      if (broken === undefined) t.equal(result.broken, undefined);
      else t.match(result.broken, broken);
      t.end();
    });
  }

  await t.test('nothing outlives its file', async (t) => {
    t.ok(existsSync(pidFile));
    const pid = Number(readFileSync(pidFile, 'utf8'));
    for (let tries = 0; tries < 50 && isAlive(pid); tries += 1) await wait(20);
    t.notOk(isAlive(pid));
  });

  await t.test('the report tells failures in full, and what was skipped', (t) => {
    const lines: string[] = [];
    const sum = reportTests(results, (line) => lines.push(line));
    const text = lines.join('\n');
    t.same(sum, { passed: 11, failed: 9, skipped: 3 });
    for (const told of [
      'holder > wrong > one is two', 'holder > wrong > three is four', '-2', '+1', 'thrown here', 'fails.js:4',
      'seed 7', 'a line of the one that fails', 'said on standard error', 'ended by SIGKILL', 'at load', 'plans more', '-- Warnings', 'something is large',
      'skipped (skip: no radio here)', 'later (todo: when there is one)', 'a part (skip: not today)', 'slowest: ',
    ]) t.ok(text.includes(told), `tells ${told}`);
    t.notOk(text.includes('a line of its own'), 'what a passing file printed is not shown');
    t.match(reportFile(resultOf(results, 'fails.js')), /^ {2}FAILED +\d+ ms {2}.*fails: 1 passed, 3 failed$/);
    t.end();
  });
});

await t.test('a file that takes too long fails, and what it did before counts', async (t) => {
  const folder = t.testdir(files);
  const [result] = await run(folder, ['hangs.js'], 8_000);
  t.equal(result?.passed, 1);
  t.equal(result?.failed, 2, 'the test, which tap ends, and the file, which does not end by itself');
  t.match(result?.failures[0]?.name, /for ever/);
  t.match(result?.broken, /^took longer than 8 s$/);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // On Linux it may be dead and wait for a parent that never asks.
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, 'utf8'));
}
