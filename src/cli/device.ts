import { readFile } from 'node:fs/promises';

import type { Command } from 'commander';
import * as z from 'zod';

import type { PushSubscriptionJson } from '../gateway/push-subscription.js';
import { registerDevicePair } from './device-pair.js';
import { registerDeviceRun } from './device-run.js';
import { CommandFailure } from './failure.js';
import { withRegistrar } from './operator-access.js';
import { minuteText, printOne } from './output.js';
import { accepted, list, registryCommand, remove } from './registry-command.js';
import type { RegistryFlags } from './registry-command.js';
import type { ListedDevice } from './registrar.js';

interface AddFlags extends RegistryFlags {
  readonly user: string;
  readonly name?: string;
  readonly push?: string;
}

export function registerDevice(program: Command): void {
  const device = program
    .command('device')
    .description('phones and desktops, each on one MQTT connection');

  registryCommand(device, 'add', 'add a device of a user; prints its id and, this once, its token')
    .requiredOption('--user <user>', 'whose it is: a name or an id')
    .option('--name <name>', 'what people call it', 'device')
    .option('--push <file>', 'a browser\'s push subscription, JSON as its toJSON() gives it: what no linked device took goes there')
    .addHelpText('after', '\nExample:\n  lowbeat device add --user alice --name phone')
    .action((flags: AddFlags) => addDevice(flags));

  registryCommand(device, 'list', 'list the devices, all or those of one user')
    .option('--user <user>', 'only those of this user (name or id)')
    .action((flags: RegistryFlags & { readonly user?: string }) =>
      list<ListedDevice>({
        flags,
        columns: [
          { title: 'ID', text: ({ id }) => id },
          { title: 'USER', text: ({ user }) => user },
          { title: 'NAME', text: ({ name }) => name },
          { title: 'LETS THROUGH', text: ({ minimumUrgency }) => `${minimumUrgency} and above` },
          { title: 'PUSH SERVICE', text: ({ push }) => (push ? 'yes' : '-') },
          { title: 'ADDED', text: ({ createdAtMs }) => minuteText(createdAtMs) },
        ],
        none: 'There are no devices yet; add one with "lowbeat device add --user NAME".',
        page: (registrar, after) =>
          registrar.devices({ ...after, ...(flags.user !== undefined && { user: flags.user }) }),
      }),
    );

  registryCommand(device, 'remove <id>', 'remove a device with all that waits for it; its link is closed')
    .action((id: string, flags: RegistryFlags) =>
      remove(flags, id, (registrar) => registrar.removeDevice(id)),
    );

  registerDevicePair(device);
  registerDeviceRun(device);
}

async function addDevice(flags: AddFlags): Promise<void> {
  const { user, name, push: file } = flags;
  const push = file === undefined ? undefined : await readPushSubscription(file);
  const device = await withRegistrar(flags, 'existing', async (registrar) =>
    accepted(await registrar.addDevice({ user, ...(name !== undefined && { name }), ...(push && { push }) })),
  );
  printOne(
    flags,
    device,
    [
      ['device', device.id],
      ['token', device.token],
      ['user', device.user],
      ['name', device.name],
    ],
    [
      'The token is shown this once. To be this device in a terminal:',
      `  lowbeat device run --gateway mqtt://localhost:1883 --id ${device.id} --token ${device.token} --app NAME`,
    ],
  );
}

const pushSubscription = z.object({
  endpoint: z.string(),
  keys: z.object({ p256dh: z.string(), auth: z.string() }),
});

async function readPushSubscription(file: string): Promise<PushSubscriptionJson> {
  const wrong = (what: string, cause?: unknown): CommandFailure =>
    new CommandFailure(`--push ${file}: ${what}`, { exit: 'usage', ...(cause === undefined ? {} : { cause }) });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw wrong('the file cannot be read', error);
  }
  try {
    return pushSubscription.parse(JSON.parse(text));
  } catch (error) {
    throw wrong('must be JSON with "endpoint" and "keys" ("p256dh", "auth"), as PushSubscription.toJSON() gives it', error);
  }
}
