import type { Command } from 'commander';

import { withRegistrar } from './operator-access.js';
import { minuteText, printOne } from './output.js';
import { accepted, list, registryCommand, remove } from './registry-command.js';
import type { RegistryFlags } from './registry-command.js';
import type { ListedNamed } from './registrar.js';

export function registerUser(program: Command): void {
  const user = program.command('user').description('the people whose devices get notifications');

  registryCommand(user, 'add <name>', 'add a user')
    .addHelpText('after', '\nA name has 1 to 64 letters, digits, spaces or . _ - @.\n\nExample:\n  lowbeat user add alice')
    .action((name: string, flags: RegistryFlags) => addUser(name, flags));

  registryCommand(user, 'list', 'list the users').action((flags: RegistryFlags) =>
    list<ListedNamed>({
      flags,
      columns: [
        { title: 'NAME', text: ({ name }) => name },
        { title: 'ID', text: ({ id }) => id },
        { title: 'ADDED', text: ({ createdAtMs }) => minuteText(createdAtMs) },
      ],
      none: 'There are no users yet; add one with "lowbeat user add NAME".',
      page: (registrar, after) => registrar.users(after),
    }),
  );

  registryCommand(user, 'remove <user>', 'remove a user (name or id) with devices, grants and all that waits')
    .action((name: string, flags: RegistryFlags) =>
      remove(flags, name, (registrar) => registrar.removeUser(name)),
    );
}

async function addUser(name: string, flags: RegistryFlags): Promise<void> {
  const user = await withRegistrar(flags, 'begin', async (registrar) => accepted(await registrar.addUser({ name })));
  printOne(
    flags,
    user,
    [
      ['user', user.name],
      ['id', user.id],
    ],
    [`Next: lowbeat device add --user ${shellWord(user.name)}`],
  );
}

/** A name as one word of a shell. */
export function shellWord(word: string): string {
  return /^[\w@.-]+$/.test(word) ? word : `'${word}'`;
}
