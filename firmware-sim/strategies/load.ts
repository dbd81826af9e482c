import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { appSockets, mostSockets } from './app-sockets.js';
import type { Strategy } from './strategy.js';

/** Every strategy of this folder: the files that export `strategy`, by id. */
export async function loadStrategies(): Promise<Map<string, Strategy>> {
  const strategies = new Map<string, Strategy>();
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.js')).sort();
  for (const file of files) {
    const url = pathToFileURL(join(import.meta.dirname, file)).href;
    const module = (await import(url)) as { readonly strategy?: Strategy };
    if (module.strategy) strategies.set(module.strategy.id, module.strategy);
  }
  return strategies;
}

/**
 * The strategies of these ids; `sockets-N` and `patient-sockets-N` stand for N apps with a connection each. An unknown one is an
 * error that names all.
 */
export async function strategiesOf(ids: readonly string[]): Promise<Strategy[]> {
  const all = await loadStrategies();
  return ids.map((id) => {
    const strategy = all.get(id) ?? socketsOf(id);
    if (strategy) return strategy;
    const known = [...all.keys()].join(', ');
    throw new Error(`no strategy "${id}": there are ${known}, and [patient-]sockets-N with N from 1 to ${mostSockets}`);
  });
}

function socketsOf(id: string): Strategy | undefined {
  const [, patient, digits] = /^(patient-)?sockets-(\d+)$/.exec(id) ?? [];
  const count = Number(digits);
  if (!(count >= 1 && count <= mostSockets)) return undefined;
  return appSockets(count, patient === undefined ? 'seen' : 'patient');
}
