// Child processes: programs that are measured, and programs that make load. Nothing that is measured runs in the process of the harness.

import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const projectFolder = join(import.meta.dirname, '../../..');

/** Kept of what a child wrote: the end of it tells why it failed. */
const keptCharacters = 20_000;
/** From the polite signal to the last one. */
const endWithinMs = 15_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Child {
  readonly process: ChildProcess;
  readonly name: string;
  readonly ended: Promise<void>;
  #output = '';
  #hasEnded = false;

  constructor(name: string, program: string, args: readonly string[], options: SpawnOptions = {}) {
    this.name = name;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options, env: environment(options.env) });
    this.process = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output = (this.#output + text).slice(-keptCharacters)));
    }
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        running.delete(child);
        this.#hasEnded = true;
        resolve();
      };
      child.once('error', (error) => {
        this.#output += error.message;
        end();
      });
      child.once('close', end);
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** What it said last. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with the first of its lines that `wanted` accepts; rejects when it ends, or does not say it in time. */
  async line(wanted: (line: string) => boolean, withinMs = 120_000): Promise<string> {
    const untilMs = Date.now() + withinMs;
    for (;;) {
      const lines = this.#output.split('\n').slice(0, -1);
      const found = lines.find(wanted);
      if (found !== undefined) return found;
      if (this.#hasEnded || Date.now() > untilMs) {
        throw new Error(`${this.name} did not come up; it said last:\n${this.#output.slice(-2_000)}`);
      }
      await pause(5);
    }
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#hasEnded) return;
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), endWithinMs);
    await this.ended;
    clearTimeout(timer);
  }
}

/** A Node program of the benchmarks that answers calls (`answerCalls`). */
export class Worker {
  readonly child: Child;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #lastCall = 0;

  /** `script`: below `bench/`, without its ending. */
  constructor(script: string, nodeOptions: readonly string[] = []) {
    const path = join(import.meta.dirname, '..', `${script}.js`);
    this.child = new Child(script, process.execPath, [...nodeOptions, '--enable-source-maps', path], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.child.process.on('message', (answer: Answer) => {
      const waiting = this.#waiting.get(answer.call);
      this.#waiting.delete(answer.call);
      if (answer.error === undefined) waiting?.resolve(answer.value);
      else waiting?.reject(new Error(`${script}: ${answer.error}`));
    });
    void this.child.ended.then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${script} ended: ${this.child.output.slice(-2_000)}`));
      this.#waiting.clear();
    });
  }

  call<Result>(command: string, options: unknown = {}): Promise<Result> {
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(call, { resolve: resolve as (value: unknown) => void, reject });
      if (this.child.hasEnded) reject(new Error(`${this.child.name} has ended: ${this.child.output.slice(-2_000)}`));
      else this.child.process.send({ call, command, options } satisfies Call);
    });
  }

  /** Tells it that it may go, which ends it also when it has sockets open. */
  async end(): Promise<void> {
    await this.child.end('SIGKILL');
  }
}

/**
 * One that makes load, by its name below `load/`. Its young generation is small: one of the usual size is collected in several milliseconds,
 * mostly for the buffers that its sockets brought, and whatever comes meanwhile would count as late.
 */
export function loadWorker(name: string): Worker {
  return new Worker(`load/${name}`, ['--max-semi-space-size=1']);
}

interface Call {
  readonly call: number;
  readonly command: string;
  readonly options: unknown;
}

interface Answer {
  readonly call: number;
  readonly value?: unknown;
  readonly error?: string;
}

export type Commands = Readonly<Record<string, (options: never) => unknown>>;

/** In a worker: runs what is called. It ends with whoever started it. */
export function answerCalls(commands: Commands): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', ({ call, command, options }: Call) => {
    const run = async (): Promise<unknown> => {
      const found = commands[command];
      if (found === undefined) throw new Error(`no command ${command}`);
      return await found(options as never);
    };
    run().then(
      (value) => process.send?.({ call, value } satisfies Answer),
      (error: unknown) => process.send?.({ call, error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Answer),
    );
  });
}

/** Runs a program to its end; what it printed. */
export async function runToEnd(program: string, args: readonly string[]): Promise<string> {
  const child = new Child(program, program, args);
  await child.ended;
  if (child.process.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${child.output}`);
  return child.output;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks until it is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs: number, everyMs = 20): Promise<void> {
  const untilMs = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > untilMs) throw new Error(`not within ${withinMs / 1_000} s: ${what}`);
    await pause(everyMs);
  }
}

export async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Nobody's settings but the benchmark's. */
function environment(own: NodeJS.ProcessEnv | undefined): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(LOWBEAT_|TAP|NODE_OPTIONS|NODE_V8)/.test(name));
  return { ...Object.fromEntries(kept), ...own };
}
