// A subject that is a small Node program of the benchmarks.

import { Worker } from '../harness/processes.js';
import { certificateIn } from './certificate.js';
import { drawPopulation, writePopulation } from './population.js';
import type { RunningSubject, StartOptions, Subject } from './subject.js';

export interface ListenOptions {
  readonly populationFile: string;
  readonly cert?: string;
  readonly key?: string;
}

export function nodeServer(name: string, script: string): Subject {
  return { name, start: (options) => start(name, script, options) };
}

async function start(name: string, script: string, options: StartOptions): Promise<RunningSubject> {
  const population = drawPopulation(options);
  const populationFile = writePopulation(options.folder, population);
  const files = options.tls ? await certificateIn(options.folder) : {};
  const worker = new Worker(script, ['--expose-gc', ...(options.nodeOptions ?? [])]);
  const port = await worker.call<number>('listen', { populationFile, ...files } satisfies ListenOptions);
  return {
    name, pid: worker.child.pid, port, tls: options.tls, populationFile, population,
    collect: () => worker.call('collect'),
    stop: () => worker.end(),
  };
}

export const aedes = nodeServer('aedes 1.2', 'subjects/aedes-server');
/** The floor: sockets of Node with one listener that they share, and nothing else. */
export const bareSockets = nodeServer('bare sockets', 'subjects/socket-server');
/** The floor of Web Push: `node:http`, and nothing behind it. Its port speaks HTTP. */
export const bareHttp = nodeServer('bare node:http', 'subjects/http-server');
