import type { Command } from 'commander';

import { scopes } from '../gateway/registry.js';
import { withRegistrar } from './operator-access.js';
import { minuteText, printOne } from './output.js';
import { accepted, list, registryCommand, remove } from './registry-command.js';
import type { RegistryFlags } from './registry-command.js';
import type { ListedGrant } from './registrar.js';

interface AddFlags extends RegistryFlags {
  readonly user: string;
  readonly app: string;
  readonly scopes: string;
}

interface ListFlags extends RegistryFlags {
  readonly user?: string;
  readonly app?: string;
}

export function registerGrant(program: Command): void {
  const grant = program
    .command('grant')
    .description('what a user allows an app; gives the uid by which the app knows the user');

  registryCommand(grant, 'add', 'allow an app something; for a pair that has a grant, change its scopes')
    .requiredOption('--user <user>', 'the user: a name or an id')
    .requiredOption('--app <app>', 'the app: a name or an id')
    .option('--scopes <list>', `with commas between: ${scopes.join(', ')}`, 'notify')
    .addHelpText(
      'after',
      '\nScopes:\n  notify         send notifications\n  presence       see whether the user is there' +
        '\n  presence.idle  tell away from online too\n' +
        '\nExample:\n  lowbeat grant add --user alice --app chat --scopes notify,presence',
    )
    .action((flags: AddFlags) => addGrant(flags));

  registryCommand(grant, 'list', 'list the grants: all, or of one user, one app, or both')
    .option('--user <user>', 'only those of this user (name or id)')
    .option('--app <app>', 'only those of this app (name or id)')
    .action((flags: ListFlags) =>
      list<ListedGrant>({
        flags,
        columns: [
          { title: 'UID', text: ({ uid }) => uid },
          { title: 'USER', text: ({ user }) => user },
          { title: 'APP', text: ({ app }) => app },
          { title: 'SCOPES', text: (item) => item.scopes.join(',') + (item.paused ? ' (paused)' : '') },
          { title: 'ADDED', text: ({ createdAtMs }) => minuteText(createdAtMs) },
        ],
        none: 'There are no such grants; add one with "lowbeat grant add --user NAME --app NAME".',
        page: (registrar, after) =>
          registrar.grants({
            ...after,
            ...(flags.user !== undefined && { user: flags.user }),
            ...(flags.app !== undefined && { app: flags.app }),
          }),
      }),
    );

  registryCommand(grant, 'remove <uid>', 'revoke a grant: what waits under it goes, and its uid stays gone')
    .action((uid: string, flags: RegistryFlags) =>
      remove(flags, uid, (registrar) => registrar.removeGrant(uid)),
    );
}

async function addGrant(flags: AddFlags): Promise<void> {
  const wanted = flags.scopes.split(',').map((scope) => scope.trim());
  const grant = await withRegistrar(flags, 'existing', async (registrar) =>
    accepted(await registrar.addGrant({ user: flags.user, app: flags.app, scopes: wanted })),
  );
  printOne(
    flags,
    grant,
    [
      ['uid', grant.uid],
      ['user', grant.user],
      ['app', grant.app],
      ['scopes', grant.scopes.join(',')],
    ],
    ['To try it:', `  lowbeat send ${grant.uid} 'The build is done'`],
  );
}
