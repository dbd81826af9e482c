import type { Command } from 'commander';

import { CommandFailure } from './failure.js';
import { requireGateway, withRegistrar } from './operator-access.js';
import { minuteText, printOne } from './output.js';
import { accepted, list, registryCommand, remove } from './registry-command.js';
import type { RegistryFlags } from './registry-command.js';
import type { ListedApp } from './registrar.js';

export function registerApp(program: Command): void {
  const app = program.command('app').description('application servers that send notifications');

  registryCommand(app, 'add <name>', 'add an app; prints its id and, this once, its secret')
    .option('--redirect-uri <url...>', 'where users are sent back to after authorization; more than one may be given')
    .addHelpText('after', '\nDevices register for an app by its name or its id.\n\nExample:\n  lowbeat app add chat')
    .action((name: string, flags: AddFlags) => addApp(name, flags));

  registryCommand(app, 'list', 'list the apps').action((flags: RegistryFlags) =>
    list<ListedApp>({
      flags,
      columns: [
        { title: 'NAME', text: ({ name }) => name },
        { title: 'ID', text: ({ id }) => id },
        { title: 'DOMAIN', text: ({ domain }) => domain ?? '-' },
        { title: 'STATE', text: ({ deactivated }) => (deactivated === true ? 'deactivated' : 'active') },
        { title: 'ADDED', text: ({ createdAtMs }) => minuteText(createdAtMs) },
        { title: 'WEBHOOK', text: ({ webhook }) => webhook ?? '-' },
      ],
      none: 'There are no apps yet; add one with "lowbeat app add NAME".',
      page: (registrar, after) => registrar.apps(after),
    }),
  );

  registryCommand(app, 'domain <app> <domain>', 'show users that a domain belongs to an app; its owner puts a key there first, which this tells')
    .addHelpText('after', '\nThe key is a line of https://DOMAIN/.well-known/lowbeat-app. It is looked for when this is called, and not again.')
    .action((name: string, domain: string, flags: RegistryFlags) => proveDomain(name, domain, flags));

  registryCommand(app, 'deactivate <app>', 'let an app (name or id) in no more, until it is activated; what users allowed it stays')
    .action((name: string, flags: RegistryFlags) => changeApp(name, true, flags));

  registryCommand(app, 'activate <app>', 'let an app (name or id) in again')
    .action((name: string, flags: RegistryFlags) => changeApp(name, false, flags));

  registryCommand(app, 'webhook <app> [url]', 'tell an app (name or id) of presence by signed requests to a URL; prints their secret')
    .option('--off', 'no more')
    .addHelpText('after', '\nThe same URL has the same secret. docs/presence.md tells how to verify what comes.'
      + '\n\nExamples:\n  lowbeat app webhook chat https://chat.example.org/presence\n  lowbeat app webhook chat --off')
    .action((name: string, url: string | undefined, flags: WebhookFlags) => setWebhook(name, url, flags));

  registryCommand(app, 'remove <app>', 'remove an app (name or id); its grants are revoked, its connections closed')
    .action((name: string, flags: RegistryFlags) =>
      remove(flags, name, (registrar) => registrar.removeApp(name)),
    );
}

interface AddFlags extends RegistryFlags {
  readonly redirectUri?: readonly string[];
}

async function proveDomain(name: string, domain: string, flags: RegistryFlags): Promise<void> {
  const proven = accepted(await (await requireGateway(flags)).proveDomain(name, domain));
  printOne(flags, proven, [['domain', proven.domain]]);
}

async function changeApp(name: string, deactivated: boolean, flags: RegistryFlags): Promise<void> {
  await withRegistrar(flags, 'existing', async (registrar) => accepted(await registrar.changeApp(name, { deactivated })));
  printOne(flags, { app: name, deactivated }, [['app', name], ['state', deactivated ? 'deactivated' : 'active']]);
}

async function addApp(name: string, flags: AddFlags): Promise<void> {
  const { redirectUri } = flags;
  const app = await withRegistrar(flags, 'begin', async (registrar) =>
    accepted(await registrar.addApp({ name, ...(redirectUri && { redirectUris: redirectUri }) })));
  printOne(
    flags,
    app,
    [
      ['app', app.name],
      ['id', app.id],
      ['secret', app.secret],
    ],
    [
      'The secret is shown this once. A user lets the app in with a grant:',
      `  lowbeat grant add --user NAME --app ${app.id} --scopes notify`,
    ],
  );
}

interface WebhookFlags extends RegistryFlags {
  readonly off?: boolean;
}

async function setWebhook(app: string, url: string | undefined, flags: WebhookFlags): Promise<void> {
  if ((url === undefined) !== (flags.off === true)) {
    throw new CommandFailure('lowbeat app webhook takes either a URL or --off', { exit: 'usage' });
  }
  const set = await withRegistrar(flags, 'existing', async (registrar) =>
    accepted(await registrar.setWebhook({ app, webhook: url ?? null })));
  printOne(flags, set, [
    ['app', set.name],
    ['id', set.id],
    ['webhook', set.webhook ?? 'none'],
    ...(set.webhookSecret === undefined ? [] : [['secret', set.webhookSecret] as const]),
  ]);
}
