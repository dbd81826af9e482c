// Real processes for the tests: the command line as a person calls it, gateways, and stock MQTT clients.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const root = join(import.meta.dirname, '../../..');
const lowbeatScript = join(root, 'bin/lowbeat.js');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
}

/** Runs a program to its end. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout = textOf(child.stdout);
  const stderr = textOf(child.stderr);
  // A program need not read what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout: stdout(), stderr: stderr() };
}

/** `lowbeat …`, to its end. */
export function lowbeat(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run(process.execPath, [lowbeatScript, ...args], options);
}

/** `lowbeat … --json`, which must succeed: its lines as objects. */
export async function lowbeatJson(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Record<string, string>[]> {
  const { code, stdout, stderr } = await lowbeat([...args, '--json'], options);
  if (code !== 0 || stderr !== '') {
    throw new Error(`lowbeat ${args.join(' ')} ended with ${code}: ${stderr}`);
  }
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string>);
}

/** A program that goes on; its standard output a line at a time. */
export class RunningProgram {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly #stderr: () => string;
  readonly #ended: Promise<Finished>;
  #wake: (() => void)[] = [];
  #hasEnded = false;

  constructor(program: string, args: readonly string[], options: Omit<RunOptions, 'input'> = {}) {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...cleanEnvironment(), ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    this.#stderr = textOf(child.stderr);
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.lines.push(...lines);
      this.#tell();
    });
    this.#ended = once(child, 'close').then((event) => {
      const [code, signal] = event as [number | null, NodeJS.Signals | null];
      this.#hasEnded = true;
      this.#tell();
      return { code, signal, stdout: this.lines.join('\n'), stderr: this.#stderr() };
    });
  }

  /** Resolves with the first line at or after `from` that satisfies `wanted`; rejects when the program ends before. */
  async line(wanted: (line: string) => boolean, from = 0, withinMs = 20_000): Promise<string> {
    const until = Date.now() + withinMs;
    for (let next = from; ; ) {
      for (; next < this.lines.length; next++) {
        const line = this.lines[next];
        if (line !== undefined && wanted(line)) return line;
      }
      if (this.#hasEnded || Date.now() > until) {
        const seen = this.lines.slice(-20).join('\n');
        throw new Error(`the line did not come; last lines:\n${seen}\nstandard error:\n${this.#stderr()}`);
      }
      await this.#change(until - Date.now());
    }
  }

  ended(): Promise<Finished> {
    return this.#ended;
  }

  async end(signal: NodeJS.Signals): Promise<Finished> {
    this.child.kill(signal);
    return this.#ended;
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, withinMs) + 1);
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

export interface Ports {
  readonly mqttPort: number;
  readonly httpPort: number;
  readonly mqttsPort?: number;
  readonly httpsPort?: number;
}

/** `lowbeat serve` on free ports of this machine. */
export class GatewayProcess extends RunningProgram {
  readonly data: string;

  constructor(data: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    super(
      process.execPath,
      [lowbeatScript, 'serve', '--data', data, '--mqtt-port', '0', '--http-port', '0', '--host', '127.0.0.1', ...args],
      { env },
    );
    this.data = data;
  }

  /** Resolves with the real ports. */
  async ready(): Promise<Ports> {
    return JSON.parse(await this.line((line) => line.includes('"msg":"ready"'))) as Ports;
  }
}

export async function startGateway(
  data: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess & { ports: Ports }> {
  const gateway = new GatewayProcess(data, args, env);
  return Object.assign(gateway, { ports: await gateway.ready() });
}

/** `lowbeat …` that goes on. */
export function startLowbeat(args: readonly string[]): RunningProgram {
  return new RunningProgram(process.execPath, [lowbeatScript, ...args]);
}

/** The tests decide what a program reads from its environment. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(LOWBEAT_|TAP|NODE_OPTIONS|NODE_V8)/.test(name)),
  );
}

/** Collects at most 1 MB. */
function textOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (part: string) => {
    if (text.length < 1_000_000) text += part;
  });
  return () => text;
}
