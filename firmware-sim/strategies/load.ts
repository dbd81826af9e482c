import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Strategy } from './strategy.js';

/** Every strategy of this folder: the files that export `strategy`, by id. */
export async function loadStrategies(): Promise<Map<string, Strategy>> {
  const strategies = new Map<string, Strategy>();
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.js')).sort();
  for (const file of files) {
    const module = (await import(join(import.meta.dirname, file))) as { readonly strategy?: Strategy };
    if (module.strategy) strategies.set(module.strategy.id, module.strategy);
  }
  return strategies;
}
