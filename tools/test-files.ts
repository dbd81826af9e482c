// Runs compiled test files, each in a process of its own, and reads the TAP they write. They run
// under plain Node: `tap run` loads its TypeScript and coverage hooks into each process (0.8 s a
// file where plain Node takes 0.2 s, measured on two cores), and these files are compiled already.

import { spawn } from 'node:child_process';
import { Parser } from 'tap-parser';
import { type FileTally, tally } from './tally.js';

export interface FileResult extends FileTally {
  /** As it was given. */
  readonly file: string;
  readonly durationMs: number;
  /** Why the file counts as failed whatever its tests said. */
  readonly broken?: string;
  /** Standard error, the end of it if it was long. */
  readonly errors: string;
}

export interface TestFilesOptions {
  /** Paths of compiled files, run in this order. */
  readonly files: readonly string[];
  readonly cwd: string;
  /** Processes at a time. */
  readonly jobs: number;
  /** How long one file may take. */
  readonly timeoutMs: number;
  readonly onResult: (result: FileResult) => void;
}

/** Standard error kept of one file. */
const keptErrorCharacters = 200_000;
/** From the polite signal, on which tap tells what was still open, to the last one. */
const killAfterMs = 2_000;
/** How long what a file started may go on after it. */
const leftBehindMs = 1_000;

export async function runTestFiles(options: TestFilesOptions): Promise<readonly FileResult[]> {
  const waiting = [...options.files];
  const results: FileResult[] = [];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const result = await runFile(file, options);
      results.push(result);
      options.onResult(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, work));
  return results;
}

function runFile(file: string, { cwd, timeoutMs }: TestFilesOptions): Promise<FileResult> {
  return new Promise((resolve) => {
    const startedAtMs = performance.now();
    const parser = new Parser();
    const { counts, finish } = tally(parser);
    const { child, kill } = startFile(file, cwd, timeoutMs);
    let errors = '';
    let timedOut = false;
    let startError: Error | undefined;
    child.stdout.pipe(parser);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-keptErrorCharacters);
    });
    const timer = setTimeout(() => {
      timedOut = true;
      kill('SIGALRM');
      setTimeout(() => kill('SIGKILL'), killAfterMs).unref();
    }, timeoutMs);
    child.on('error', (error) => (startError = error));
    // What it left behind holds its output open, and goes too.
    child.on('exit', () => setTimeout(() => kill('SIGKILL'), leftBehindMs).unref());
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      kill('SIGKILL');
      finish();
      const broken = timedOut
        ? `took longer than ${timeoutMs / 1000} s`
        : (startError?.message ?? whyBroken(counts, parser, code, signal));
      if (broken !== undefined) counts.failed += 1;
      const durationMs = performance.now() - startedAtMs;
      resolve({ ...counts, file, durationMs, errors, ...(broken === undefined ? {} : { broken }) });
    });
  });
}

function startFile(file: string, cwd: string, timeoutMs: number) {
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    cwd,
    // Its own process group, so that nothing it starts outlives it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // tap gives a process 30 s unless told otherwise. It gets a little less than here, to name the
    // test that hangs.
    env: { ...process.env, TAP: '1', TAP_TIMEOUT: String((timeoutMs * 0.9) / 1000) },
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  };
  const stop = (): void => kill('SIGKILL');
  process.once('exit', stop);
  child.once('close', () => process.removeListener('exit', stop));
  return { child, kill };
}

function whyBroken(
  counts: FileTally, parser: Parser, code: number | null, signal: NodeJS.Signals | null,
): string | undefined {
  if (signal !== null) return `ended by ${signal}`;
  if (counts.passed + counts.failed + counts.skipped === 0) {
    return `ran no test${code === 0 ? '' : ` (exit code ${code})`}`;
  }
  if (counts.failed > 0) return undefined;
  if (code !== 0) return `exit code ${code} though no test failed`;
  return parser.ok ? undefined : 'its TAP is not complete';
}
