// `npm test`: everything that must hold, in this order: what the system needs, generated code
// current, types, pages, lint, every test. It goes on after a failure, and its last line is always `N
// passed, N failed, N skipped`: tests (tools/tally.ts says what one is), and one failed for each of
// the other steps that failed.
// `npm test -- PATTERN…` checks the types and runs the test files whose path has one of the
// patterns in it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describeSystemNeeds, meetSystemNeeds } from './system-needs.js';

const root = join(import.meta.dirname, '..');
/** Longest that one test file may take. */
const timeoutMs = 180_000;
/** Tests start gateways and devices of their own: more at a time and they wait for one another. */
const jobs = Math.min(4, availableParallelism());

const patterns = process.argv.slice(2);
const failedSteps = [];
let counts = { passed: 0, failed: 0, skipped: 0 };
const begunAtMs = performance.now();

// Leaving runs what stops the test files, which are process groups of their own.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

try {
  step('System needs', () => {
    const problems = meetSystemNeeds();
    return { problems, done: describeSystemNeeds() };
  });
  if (patterns.length === 0) {
    step('Generated code', () => run(['tools/generate.js', '--check'], 'src/wire/gen is current'));
  }
  step('Types', () => run(['node_modules/typescript/bin/tsc', '-b', '.', 'src/web', '--pretty', 'false'], 'tsc -b . src/web'));
  step('Pages', () => run(['tools/build-web.js'], 'built for browsers'));
  if (patterns.length === 0) {
    step('Lint', () => run(['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'], 'eslint .'));
  }
  await tests();
} catch (error) {
  failedSteps.push('npm test itself');
  console.log(error);
}

const failed = counts.failed + failedSteps.length;
const well = patterns.length > 0 ? 'What ran is well' : 'All is well';
heading(failed > 0 ? 'Not well' : well, performance.now() - begunAtMs);
if (failedSteps.length > 0) console.log(`  failed beside the tests: ${failedSteps.join(', ')}`);
if (patterns.length > 0) console.log('  only part of it ran: npm test without a pattern runs everything');
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);

function heading(text, durationMs) {
  console.log(`\n== ${text}${durationMs === undefined ? '' : ` (${seconds(durationMs)})`}`);
}

function seconds(durationMs) {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

function step(name, act) {
  heading(name);
  const startedAtMs = performance.now();
  const { problems, done } = act();
  const took = seconds(performance.now() - startedAtMs);
  if (problems.length === 0) {
    console.log(`  ok: ${done}, ${took}`);
    return;
  }
  failedSteps.push(name.toLowerCase());
  for (const problem of problems) console.log(problem);
  console.log(`  FAILED: ${done}, ${took}`);
}

/** Runs a Node program of the project; what it printed is shown when it fails. */
function run(args, done) {
  const child = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (child.status === 0) return { problems: [], done };
  const output = `${child.stdout}${child.stderr}`.trimEnd();
  const end = String(child.error ?? child.signal ?? `exit code ${child.status}`);
  return { problems: [output === '' ? end : output], done };
}

async function tests() {
  heading('Tests');
  const sources = readdirSync(join(root, 'test'), { recursive: true })
    .map((name) => join('test', name).replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => patterns.length === 0 || patterns.some((pattern) => name.includes(pattern)))
    .sort();
  if (sources.length === 0) {
    failedSteps.push(patterns.length === 0 ? 'no test files' : `no test file matches ${patterns.join(' ')}`);
    return;
  }
  const runner = join(root, 'dist/tools/test-files.js');
  if (!existsSync(runner)) throw new Error('dist/tools is not there: the type check could not write it');
  const { runTestFiles } = await import(runner);
  const { reportFile, reportTests } = await import(join(root, 'dist/tools/test-report.js'));
  const startedAtMs = performance.now();
  const results = await runTestFiles({
    // Only what has a source: dist may hold compiled files of tests that are gone.
    files: sources.map((name) => join('dist', name.replace(/\.ts$/, '.js'))),
    cwd: root,
    jobs,
    timeoutMs,
    onResult: (result) => console.log(reportFile(result)),
  });
  counts = reportTests(results, (line) => console.log(line));
  console.log(`\n  ${results.length} file(s), ${jobs} at a time, ${seconds(performance.now() - startedAtMs)}`);
}
