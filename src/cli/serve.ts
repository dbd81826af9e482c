import { join, relative } from 'node:path';

import { Option } from 'commander';
import type { Command } from 'commander';

import { limits } from '../core/limits.js';
import { loadConfig } from './config.js';
import type { ConfigSources } from './config.js';
import { exitCodes } from './failure.js';
import type { RunningServices } from './gateway-services.js';
import type { ServeLog } from './log.js';
import { settings } from './settings.js';
import type { Settings } from './settings.js';

type ServeFlags = ConfigSources['flags'] & { readonly config?: string; readonly json?: boolean };

export function registerServe(program: Command): void {
  const serve = program
    .command('serve')
    .description('run the gateway: MQTT on 1883, HTTP and MQTT over WebSocket on 8080, data in ./data')
    .option('--config <file>', 'read settings from this JSON file; environment and flags go before it');
  for (const { flag, placeholder, about, isList, default: standard } of settings) {
    const synopsis = placeholder === undefined ? flag : `${flag} <${placeholder.toLowerCase()}>`;
    const standing = standard === undefined || standard === false ? '' : ` (default: ${standard})`;
    const option = new Option(synopsis, about + standing);
    if (isList) option.argParser((value, before: string | undefined) => (before === undefined ? value : `${before},${value}`));
    serve.addOption(option);
  }
  serve
    .option('--json', 'log JSON lines on a terminal too: --log-format json')
    .addHelpText(
      'after',
      `
Each setting may also come from the environment (--mqtt-port is LOWBEAT_MQTT_PORT) or the file
("mqttPort": 1883). Port 0 picks a free one. Once ready it logs a line with "msg":"ready" and the ports.

It stops on SIGTERM or SIGINT within ${limits.stopMs / 1000} seconds; a second signal ends it at once.`,
    )
    .action((flags: ServeFlags) => serveUntilSignal(flags));
}

/** Runs the gateway until a signal or a fatal fault; ends the process itself, for nothing may outlive a stop. */
async function serveUntilSignal({ config: configFile, json, ...flags }: ServeFlags): Promise<void> {
  const config = loadConfig({
    flags: json === true ? { logFormat: 'json', ...flags } : flags,
    environment: process.env,
    ...(configFile !== undefined && { configFile }),
  });
  // Loaded here, so that the other commands do without brokers and servers.
  const { createLog } = await import('./log.js');
  const { startServices } = await import('./gateway-services.js');
  const format = logFormat(config);
  const log = createLog({ level: config.logLevel, format });
  const stop = stopSignal();
  endOnFault(log);
  // A gateway goes on when nobody reads its log any more.
  process.stdout.on('error', () => undefined);
  const services = await startServices({ settings: config, log });
  if (format === 'json') {
    log.announce({ ...services.ports, data: config.data, next: 'lowbeat help' }, 'ready');
  } else {
    log.announce(services.ports, 'ready');
    // On a terminal only: a link that lets somebody in has no place in a log.
    process.stdout.write(welcome(config, services, await services.firstAccount()));
  }
  const signal = await stop;
  log.announce({ signal }, 'stopping');
  await stopWithin(services, log);
}

function logFormat({ logFormat: wanted }: Settings): 'json' | 'text' {
  if (wanted !== 'auto') return wanted;
  return process.stdout.isTTY ? 'text' : 'json';
}

/** Resolves with the first SIGTERM or SIGINT; the second ends the process as the signal would have. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false;
    for (const [signal, number] of [['SIGTERM', 15], ['SIGINT', 2]] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(128 + number);
        stopping = true;
        resolve(signal);
      });
    }
  });
}

/** What nobody expected: said in the log, then the end. What was accepted is in the store. */
function endOnFault(log: ServeLog): void {
  process.on('uncaughtException', (error) => {
    log.error({ error }, 'a fault in the gateway; it ends, and should be started again');
    process.exit(exitCodes.failed);
  });
}

async function stopWithin(services: RunningServices, log: ServeLog): Promise<void> {
  const overdue = setTimeout(() => {
    log.error({ afterMs: limits.stopMs }, 'the stop took too long; nothing accepted is lost');
    process.exit(exitCodes['stop-overdue']);
  }, limits.stopMs);
  try {
    await services.stop();
  } catch (error) {
    log.error({ error }, 'the stop failed; nothing accepted is lost');
    process.exit(exitCodes.failed);
  }
  clearTimeout(overdue);
  log.announce({}, 'stopped');
  process.exit(0);
}

/** For whoever started it in a terminal: where it listens, and what to do next. */
function welcome({ data }: Settings, { addresses }: RunningServices, firstAccount: string | undefined): string {
  const lowbeat = commandName();
  // The other commands look where this one would, unless it was told another place.
  const standing = loadConfig({ flags: {}, environment: process.env }).data;
  const steps = [
    ['user add alice', 'someone to notify'],
    ['device add --user alice', 'her phone: an id and a token'],
    ['app add chat', 'an app server: an id and a secret'],
    ['grant add --user alice --app chat', 'she lets it notify her: a uid'],
    ["send UID 'The build is done'", 'what an app server does over MQTT'],
  ].map(([command, why]) => `  ${lowbeat} ${command}${data === standing ? '' : ` --data ${data}`}|${why}`);
  const lines = [...addresses.map(({ name, url }) => `  ${name}|${url}`), `  Data|${data}`];
  return `
Lowbeat listens.

${aligned(lines)}
${firstAccount === undefined ? '' : `\nMake your account, which may do here whatever the operator may. The link works once, for a day:\n\n  ${firstAccount}\n`}
What to do next, in another terminal:

${aligned(steps)}

  ${lowbeat} device run --gateway ${addresses[0]?.url ?? ''} --id ID --token TOKEN --app chat

"${lowbeat} help" explains every command. Ctrl-C stops the gateway.

`;
}

/** Lines of two columns, "left|right". */
function aligned(lines: readonly string[]): string {
  const rows = lines.map((line) => line.split('|'));
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return rows.map(([left = '', right = '']) => `${left.padEnd(width)}   ${right}`).join('\n');
}

/** How this program can be called again: in a checkout it is not on the path, but npx finds it. */
function commandName(): string {
  return relative(process.cwd(), process.argv[1] ?? '') === join('bin', 'lowbeat.js') ? 'npx lowbeat' : 'lowbeat';
}
