import type { Command } from 'commander';

import { requireGateway, withRegistrar } from './operator-access.js';
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

  registryCommand(user, 'invite [user]', 'make a link to an account of the pages: for somebody new, or a new way in for a user (name or id)')
    .option('--operator', 'the account may do in the pages what the operator may')
    .action((which: string | undefined, flags: RegistryFlags & { readonly operator?: boolean }) => invite(which, flags));

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

async function invite(user: string | undefined, flags: RegistryFlags & { readonly operator?: boolean }): Promise<void> {
  const gateway = await requireGateway(flags);
  const { url, expiresAtMs } = accepted(await gateway.invite({ operator: flags.operator === true, ...(user !== undefined && { user }) }));
  printOne(flags, { url, expiresAtMs }, [['link', url], ['until', minuteText(expiresAtMs)]], ['It works once. Give it to nobody else.']);
}

/** A name as one word of a shell. */
export function shellWord(word: string): string {
  return /^[\w@.-]+$/.test(word) ? word : `'${word}'`;
}
