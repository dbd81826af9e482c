// `lowbeat device pair`: a device in a terminal becomes somebody's without a token being typed.

import { hostname } from 'node:os';

import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { renderUnicodeCompact } from 'uqr';

import { isGatewayOrigin } from '../device/gateway-url.js';
import type { PairingCode } from '../device/index.js';
import { printLine, printOne } from './output.js';
import type { OutputFlags } from './output.js';

interface PairFlags extends OutputFlags {
  readonly gateway: string;
  readonly name: string;
}

/** Adds `pair` to `lowbeat device`. */
export function registerDevicePair(command: Command): void {
  command.command('pair')
    .description('become a device of whoever enters the code that this prints; prints its id and, this once, its token')
    .requiredOption('--gateway <url>', 'the gateway as browsers reach it: https://push.example.org', parseGateway)
    .option('--name <name>', 'what the user is asked about', hostname())
    .option('--json', 'print one JSON object a line')
    .action(async (flags: PairFlags) => pair(flags));
}

async function pair(flags: PairFlags): Promise<void> {
  const { gateway, name } = flags;
  // Loaded here, so that the other commands do without a client.
  const { pairDevice } = await import('../device/index.js');
  const device = await pairDevice({ gateway, name, onCode: (code) => show(flags, code) });
  printOne(
    flags,
    device,
    [
      ['device', device.id],
      ['token', device.token],
      ['name', device.name],
      ['gateway', device.url],
    ],
    [
      'The token is shown this once. To be this device in a terminal:',
      `  lowbeat device run --gateway ${device.url} --id ${device.id} --token ${device.token} --app NAME`,
    ],
  );
}

function show(flags: PairFlags, { userCode, verificationUrl, completeUrl, expiresAtMs }: PairingCode): void {
  if (flags.json === true) {
    printLine(JSON.stringify({ userCode, verificationUrl, completeUrl, expiresAtMs }));
    return;
  }
  printLine([
    renderUnicodeCompact(completeUrl),
    '',
    `Open ${verificationUrl} and enter the code, or scan it:`,
    '',
    `    ${userCode}`,
    '',
    `Waiting until ${new Date(expiresAtMs).toLocaleTimeString()}.`,
  ].join('\n'));
}

function parseGateway(text: string): string {
  if (!isGatewayOrigin(text)) throw new InvalidArgumentError('It must be like https://push.example.org.');
  return text;
}
