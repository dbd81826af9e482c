// The real gateway: `lowbeat serve` as an operator runs it, with its store on a disk.

import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { Child, pause, projectFolder, until } from '../harness/processes.js';
import { certificateIn } from './certificate.js';
import { writePopulation } from './population.js';
import type { RunningSubject, StartOptions, Subject } from './subject.js';
import { writeWorld } from './world.js';
import type { World, WorldOptions } from './world.js';

export interface Gateway extends RunningSubject {
  readonly httpPort: number;
  readonly world: World;
  readonly data: string;
  /** Milliseconds from the start of the process to its being ready. */
  readonly readyAfterMs: number;
  /** As by a fault of the machine: nothing is said to anybody. */
  kill(): Promise<void>;
}

export interface GatewayOptions {
  readonly folder: string;
  readonly tls?: boolean;
  readonly nodeOptions?: readonly string[];
  /** Of the data folder, which must be there. */
  readonly world: World;
  readonly settings?: readonly string[];
  /** By how much its clock is ahead of the machine's. */
  readonly clockAheadMs?: number;
}

/** What was written once for a benchmark, and is copied for each fresh process. */
const templates = new Map<string, World>();

let profiling: readonly string[] = [];

/** Gateways that are started from now on write where their time went, for the developer tools of a browser. */
export function profileGateways(folder: string): void {
  profiling = ['--cpu-prof', '--cpu-prof-dir', folder];
}

export const lowbeat: Subject = { name: 'lowbeat', start };

async function start({ folder, devices, apps, seed, tls, nodeOptions = [] }: StartOptions): Promise<Gateway> {
  const world = await prepareWorld(folder, { devices, apps, seed });
  return startGateway({ folder, world, tls, nodeOptions });
}

/** Puts a data folder into `folder`: a copy of the one that was made for the same options beside it. */
export async function prepareWorld(folder: string, options: WorldOptions, name = JSON.stringify(options)): Promise<World> {
  const shelf = join(folder, '..', 'worlds');
  const known = templates.get(shelf + name);
  const template = join(shelf, Buffer.from(name).toString('base64url').slice(-80));
  if (known === undefined) {
    mkdirSync(template, { recursive: true });
    templates.set(shelf + name, await writeWorld(template, options));
  }
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  cpSync(template, data, { recursive: true });
  const world = templates.get(shelf + name);
  if (world === undefined) throw new Error('a world was not written');
  return world;
}

export async function startGateway({ folder, tls = false, nodeOptions = [], world, settings = [], clockAheadMs }: GatewayOptions): Promise<Gateway> {
  const data = join(folder, 'data');
  if (!existsSync(data)) throw new Error(`${data} is not there`);
  const files = tls ? await certificateIn(folder) : undefined;
  const startedAtMs = performance.now();
  const child = new Child('lowbeat serve', process.execPath, [
    '--expose-gc', '--import', join(import.meta.dirname, 'collect-on-signal.js'), ...profiling, ...nodeOptions,
    ...(clockAheadMs === undefined ? [] : ['--import', join(import.meta.dirname, 'clock-ahead.js')]),
    join(projectFolder, 'bin/lowbeat.js'), 'serve',
    '--data', data, '--host', '127.0.0.1', '--mqtt-port', '0', '--http-port', '0', '--log-format', 'json', '--log-level', 'warn',
    ...(files === undefined ? [] : ['--tls-cert', files.cert, '--tls-key', files.key, '--mqtts-port', '0']),
    ...settings,
  ], clockAheadMs === undefined ? {} : { env: { BENCH_CLOCK_AHEAD_MS: String(clockAheadMs) } });
  const ready = await child.line((line) => line.includes('"msg":"ready"'));
  const readyAfterMs = performance.now() - startedAtMs;
  const ports = JSON.parse(ready) as { mqttPort: number; mqttsPort?: number; httpPort: number };
  return {
    name: lowbeat.name,
    pid: child.pid,
    port: tls ? (ports.mqttsPort ?? 0) : ports.mqttPort,
    httpPort: ports.httpPort,
    tls, world, data, readyAfterMs,
    population: world,
    populationFile: writePopulation(folder, world),
    collect: async () => {
      child.process.kill('SIGUSR2');
      // It is answered by nothing but a pause of the process; asking for its health waits until that is over.
      await pause(50);
      await metricsOf(ports.httpPort);
    },
    stop: () => child.end(),
    kill: () => child.end('SIGKILL'),
  };
}

/** Every sample of `/metrics` without labels, by name. */
export async function metricsOf(httpPort: number): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/metrics`);
  const text = await response.text();
  return new Map([...text.matchAll(/^([a-z_]+) ([0-9.e+-]+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
}

/** Resolves when nothing waits in the store any more. */
export async function untilDrained(httpPort: number, withinMs: number): Promise<void> {
  await until('every notification is acknowledged and removed',
    async () => (await metricsOf(httpPort)).get('lowbeat_notifications_waiting') === 0, withinMs, 50);
}
