// What user, device, app and grant have in common: list, remove, and how a refusal ends.

import type { Command } from 'commander';

import type { Outcome } from '../gateway/outcome.js';
import { CommandFailure } from './failure.js';
import { addAccessOptions, withRegistrar } from './operator-access.js';
import type { AccessFlags } from './operator-access.js';
import { printList, printOne } from './output.js';
import type { Column, OutputFlags } from './output.js';
import { allItems } from './registrar.js';
import type { Registrar } from './registrar.js';

export type RegistryFlags = AccessFlags & OutputFlags;

/** A command that asks the gateway or the store and prints what it learned. */
export function registryCommand(parent: Command, synopsis: string, description: string): Command {
  const command = parent.command(synopsis).description(description);
  return addAccessOptions(command).option('--json', 'print one JSON object a line');
}

/** The value of an outcome; a refusal becomes the failure of the command. */
export function accepted<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw new CommandFailure(outcome.error.message, { exit: 'failed', code: outcome.error.code });
}

interface ListOptions<Item extends object> {
  readonly flags: RegistryFlags;
  readonly columns: readonly Column<Item>[];
  readonly none: string;
  readonly page: (
    registrar: Registrar,
    after: { readonly after?: string },
  ) => Promise<Outcome<{ readonly items: readonly Item[]; readonly next?: string }>>;
}

export async function list<Item extends object>(options: ListOptions<Item>): Promise<void> {
  const items: Item[] = [];
  await withRegistrar(options.flags, 'existing', async (registrar) => {
    accepted(await allItems((after) => options.page(registrar, after), (item) => items.push(item)));
  });
  printList(options.flags, items, options.columns, options.none);
}

export async function remove(
  flags: RegistryFlags,
  which: string,
  removal: (registrar: Registrar) => Promise<Outcome<unknown>>,
): Promise<void> {
  await withRegistrar(flags, 'existing', async (registrar) => accepted(await removal(registrar)));
  printOne(flags, { removed: which }, [['removed', which]]);
}
