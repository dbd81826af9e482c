// How a command reaches what it asks about: the gateway it was told of, the one that runs on the data folder, or,
// when none runs there, the store in it.

import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { Option } from 'commander';
import type { Command } from 'commander';

import { Registry } from '../gateway/registry.js';
import { systemClock } from '../ports/clock.js';
import { StoreError } from '../ports/store.js';
import type { Store } from '../ports/store.js';
import { loadConfig, otherVariables } from './config.js';
import { DataFolder } from './data-folder.js';
import { CommandFailure } from './failure.js';
import { GatewayClient } from './gateway-client.js';
import type { Registrar } from './registrar.js';

export interface AccessFlags {
  readonly data?: string;
  readonly config?: string;
  readonly gateway?: string;
  readonly adminToken?: string;
}

/** Adds `--data`, `--gateway` and `--admin-token` to a command. */
export function addAccessOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder of the gateway on this machine (default: as "lowbeat serve" would)')
    .option('--config <file>', 'configuration file that names the data folder')
    .addOption(
      new Option('--gateway <url>', 'ask this gateway instead: http://host:8080 or https://host').env(
        otherVariables.gateway,
      ),
    )
    .addOption(
      new Option('--admin-token <token>', 'its admin token (default: the one in the data folder)').env(
        otherVariables.adminToken,
      ),
    );
}

/** Runs `use` with a registrar and releases it afterwards. To 'begin' is to make the data folder if there is none. */
export async function withRegistrar<Value>(
  flags: AccessFlags,
  kind: 'existing' | 'begin',
  use: (registrar: Registrar) => Promise<Value>,
): Promise<Value> {
  const client = await runningGateway(flags);
  if (client !== undefined) return use(client);
  const folder = dataFolder(flags);
  if (kind === 'existing' && !(await folder.hasStore())) throw noData(folder);
  await folder.create();
  const store = await openStore(folder);
  try {
    return await use(new Registry({ store, clock: systemClock, randomBytes }));
  } finally {
    await store.close();
  }
}

/** The gateway to ask; throws when none runs. */
export async function requireGateway(flags: AccessFlags): Promise<GatewayClient> {
  const client = await runningGateway(flags);
  if (client !== undefined) return client;
  throw new CommandFailure(
    `no gateway runs on the data folder ${dataFolder(flags).path}; start one with "lowbeat serve", ` +
      'or name another with --data or --gateway',
    { exit: 'gateway-unreachable' },
  );
}

export function dataFolder(flags: AccessFlags): DataFolder {
  const { data } = loadConfig({
    flags: flags.data === undefined ? {} : { data: flags.data },
    environment: process.env,
    ...(flags.config !== undefined && { configFile: flags.config }),
  });
  return new DataFolder(data);
}

/** The gateway of `--gateway`, or the one that runs on the data folder; undefined when none does. */
export async function runningGateway(flags: AccessFlags): Promise<GatewayClient | undefined> {
  const folder = dataFolder(flags);
  const adminToken = flags.adminToken ?? (await folder.adminToken());
  if (flags.gateway !== undefined) {
    if (!URL.canParse(flags.gateway) || !/^https?:/.test(flags.gateway)) {
      throw new CommandFailure(
        `--gateway is ${JSON.stringify(flags.gateway)}: must be an http or https URL, such as http://localhost:8080`,
        { exit: 'usage' },
      );
    }
    if (adminToken === undefined) {
      throw new CommandFailure(
        `--gateway needs --admin-token (or ${otherVariables.adminToken}): the token in the file admin-token of that gateway's data folder`,
        { exit: 'usage' },
      );
    }
    return new GatewayClient({ url: flags.gateway, adminToken });
  }
  const running = await folder.runningGateway();
  if (running === undefined || adminToken === undefined) return undefined;
  // A gateway that was killed leaves its file behind: what counts is whether somebody answers. Its process number
  // would say nothing of a gateway in a container.
  const client = new GatewayClient({ url: running.url, adminToken });
  return (await answers(client)) ? client : undefined;
}

/** Opens the store of a folder that no gateway runs on. */
export async function openStore(folder: DataFolder): Promise<Store> {
  // Loaded here: most commands ask a gateway and need no database.
  const { openLevelStore } = await import('../store/level/level-store.js');
  // Another command may have it for a moment, or a gateway that is about to say where it listens.
  for (let attempt = 1; ; attempt++) {
    try {
      return await openLevelStore({ folder: folder.store });
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_LOCKED' || attempt === 10) throw error;
      await wait(100);
    }
  }
}

export function noData(folder: DataFolder): CommandFailure {
  return new CommandFailure(
    `there is no data folder of a gateway at ${folder.path}; "lowbeat serve" or a first "add" makes one, --data names another`,
    { exit: 'data-unusable' },
  );
}

async function answers(client: GatewayClient): Promise<boolean> {
  try {
    return (await client.status()).ok;
  } catch (error) {
    // A refused token has a code: somebody is there, and it is not for us to go around them.
    if (error instanceof CommandFailure && error.code === undefined) return false;
    throw error;
  }
}
