// `lowbeat device run`: a real device in a terminal.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';

import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

import { urgencies } from '../core/frames.js';
import type { Urgency } from '../core/frames.js';
import { AdaptiveController } from '../core/heartbeat/adaptive.js';
import type { HeartbeatEvent } from '../core/heartbeat/controller.js';
import { FixedIntervalController } from '../core/heartbeat/fixed-interval.js';
import { limits } from '../core/limits.js';
import { applicationServerKey as checkApplicationServerKey } from '../device/application-server-key.js';
import type { Device } from '../device/device.js';
import type { Notification } from '../device/dispatcher.js';
import { fileStorage } from '../device/file-storage.js';
import type { AppOptions, DeviceOptions, DeviceStatus } from '../device/index.js';
import { nodeNetwork } from '../device/node-network.js';
import { CommandFailure } from './failure.js';

export interface DeviceRunFlags {
  readonly gateway: string;
  readonly id: string;
  readonly token: string;
  readonly app: readonly string[];
  readonly vapid?: readonly VapidFlag[];
  readonly raw?: boolean;
  readonly exec?: string;
  readonly state?: string;
  readonly minimumUrgency?: Urgency;
  /** Seconds. */
  readonly interval?: number;
  readonly ca?: string;
  readonly sendStdin?: boolean;
  readonly json?: boolean;
}

/** Adds `run` to `lowbeat device`. */
export function registerDeviceRun(command: Command): void {
  command.command('run')
    .description('be a device: print the notifications of its apps until interrupted')
    .requiredOption('--gateway <url>', 'mqtt://host:1883, mqtts://host:8883, ws://host:8080/mqtt or wss://host/mqtt')
    .requiredOption('--id <id>', 'the device, as "lowbeat device add" gave it')
    .addOption(new Option('--token <token>', 'its token').env('LOWBEAT_DEVICE_TOKEN').makeOptionMandatory())
    .requiredOption('--app <name...>', 'names or ids of the apps to receive for')
    .option('--vapid <key>', 'only the server with this VAPID key may send to the app\'s endpoint: its public key in ' +
      'base64url; NAME=KEY where there are several apps, once for each', parseVapid)
    .option('--raw', 'hand encrypted payloads on as they came')
    .option('--exec <command>', 'run this for each notification: payload on standard input, LOWBEAT_APP and ' +
      'LOWBEAT_ID in the environment; another status than 0 means not handled')
    .option('--state <file>', 'keep what must survive a restart in this file')
    .addOption(new Option('--minimum-urgency <urgency>', 'let nothing below it through').choices(urgencies))
    .option('--interval <seconds>', 'seconds between heartbeats; learned for each network if absent', parseInterval)
    .option('--ca <file>', 'trust the certificates in this PEM file instead of the system\'s')
    .option('--send-stdin', 'send each line "APP TEXT" of standard input to that app\'s server')
    .option('--json', 'print one JSON object a line')
    .action(async (flags: DeviceRunFlags) => runDevice(flags));
}

/** Runs until SIGINT or SIGTERM; rejects when the device cannot begin, or the gateway ends it for good. */
async function runDevice(flags: DeviceRunFlags): Promise<void> {
  const printer = new Printer(process.stdout, flags.json === true);
  // Loaded here, so that the other commands do without a client.
  const { createDevice } = await import('../device/index.js');
  const device = createDevice(await deviceOptions(flags, printer));
  const vapidKeys = vapidKeysOf(flags);
  if (flags.minimumUrgency !== undefined) device.setMinimumUrgency(flags.minimumUrgency);
  const commands = new Set<Promise<void>>();
  for (const name of new Set(flags.app)) {
    device.app(name, {
      onNotification: async (notification) => {
        await printer.notification(notification);
        if (flags.exec === undefined) return;
        const running = runCommand(flags.exec, notification);
        commands.add(running);
        await running.finally(() => commands.delete(running));
      },
      onMissed: (count) => printer.missed(name, count),
    }, { ...vapidKeys.get(name), raw: flags.raw === true });
  }
  const ended = endOf(device, printer);
  // It may be over before anybody waits for it.
  ended.catch(() => undefined);
  await device.start();
  const lines = flags.sendStdin === true ? sendLines(device) : undefined;
  try {
    await ended;
  } finally {
    lines?.close();
    await device.stop();
    // What they end with is still stored, so that it is not done twice.
    await Promise.allSettled(commands);
  }
}

async function deviceOptions(flags: DeviceRunFlags, printer: Printer): Promise<DeviceOptions> {
  const { gateway, id, token, state, interval, ca } = flags;
  // A machine without any network still reaches itself.
  const onThisMachine = /^\w+:\/\/(localhost|127\.[0-9.]+|\[::1\])(:|\/|$)/i.test(gateway);
  return {
    url: gateway, id, token,
    ...(state === undefined ? {} : { storage: fileStorage(state) }),
    ...(ca === undefined ? {} : { ca: await readCertificates(ca) }),
    heartbeat: (memory) => (interval === undefined ? new TalkativeController(memory, printer) : everySeconds(interval)),
    ...(onThisMachine ? {} : { network: nodeNetwork() }),
  };
}

/** The phone client's own controller, which tells whenever what it believes of the network has changed. */
class TalkativeController extends AdaptiveController {
  readonly #printer: Printer;
  #told = '';

  constructor(memory: unknown, printer: Printer) {
    super({ memory });
    this.#printer = printer;
  }

  override observe(nowMs: number, event: HeartbeatEvent): void {
    super.observe(nowMs, event);
    const { learned } = this;
    if (learned === undefined) return;
    const { silenceSeconds, flowSeconds } = learned;
    const told = `${learned.network} ${silenceSeconds} ${flowSeconds ?? ''}`;
    if (told === this.#told) return;
    this.#told = told;
    const known = flowSeconds === undefined ? '' : `; this network keeps a silent link for ${duration(flowSeconds)}`;
    this.#printer.tell({ event: 'learned', ...learned }, `at most ${duration(silenceSeconds)} of silence${known}`);
  }
}

function duration(seconds: number): string {
  return seconds < 180 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function everySeconds(interval: number): FixedIntervalController {
  return new FixedIntervalController({ intervalMs: interval * 1000 });
}

interface VapidFlag {
  /** Absent: of the only one there is. */
  readonly app: string | undefined;
  readonly applicationServerKey: string;
}

/** `KEY` or `NAME=KEY`, added to those before it. */
function parseVapid(text: string, others: readonly VapidFlag[] = []): readonly VapidFlag[] {
  const [, app, applicationServerKey = ''] = /^(?:(.+)=)?([^=]+=?)$/.exec(text) ?? [];
  try {
    checkApplicationServerKey({ applicationServerKey });
  } catch {
    throw new InvalidArgumentError('It must be a VAPID public key, 65 bytes in base64url (87 characters that begin with B), ' +
      'or NAME=KEY.');
  }
  return [...others, { app, applicationServerKey }];
}

/** By app, each at most one. */
function vapidKeysOf({ app: names, vapid = [] }: DeviceRunFlags): ReadonlyMap<string, AppOptions> {
  const apps = [...new Set(names)];
  const keys = new Map<string, AppOptions>();
  for (const { app = apps.length === 1 ? apps[0] : undefined, applicationServerKey } of vapid) {
    const wrong = app === undefined ? `there are ${apps.length} apps: say NAME=KEY`
      : !apps.includes(app) ? `"${app}" is none of the apps of --app (${apps.join(', ')})`
        : keys.has(app) ? `"${app}" has one already` : undefined;
    if (wrong !== undefined) throw new CommandFailure(`--vapid: ${wrong}`, { exit: 'usage' });
    if (app !== undefined) keys.set(app, { applicationServerKey });
  }
  return keys;
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`--ca: ${reason}`, { exit: 'usage', cause: error });
  }
}

function parseInterval(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= limits.promiseSeconds)) {
    throw new InvalidArgumentError(`It must be 1 to ${limits.promiseSeconds} seconds.`);
  }
  return seconds;
}

/** Prints what happens to the device. Resolves when somebody wants it to end, rejects when the gateway ended it. */
function endOf(device: Device, printer: Printer): Promise<void> {
  return new Promise((resolve, reject) => {
    // A second signal takes its usual course, for whoever cannot wait for the goodbye.
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    // Whoever read has left.
    process.stdout.once('error', () => resolve());
    device.on('status', (status) => {
      printer.tell({ event: 'status', ...status }, statusText(status));
      if (status.state !== 'stopped' || status.reason === 'asked') return;
      reject(new CommandFailure(stoppedTexts[status.reason], { exit: 'failed', code: status.reason }));
    });
    device.on('registered', ({ app, subscription, endpoint, keys }) => {
      const told = keys === undefined ? '' : `, p256dh ${keys.p256dh}, auth ${keys.auth}`;
      const text = `${app} is registered: ${endpoint ?? subscription}${told}`;
      printer.tell({ event: 'registered', app, subscription, endpoint, keys }, text);
    });
    device.on('registration-failed', ({ app, error }) => {
      const { rejection, message } = error;
      printer.tell({ event: 'registration-failed', app, code: rejection, message }, message);
    });
    device.on('clear', ({ app, ids }) => {
      printer.tell({ event: 'clear', app, ids }, `${app} ${ids.join(' ')} was handled on another device`);
    });
    device.on('abandoned', ({ app, id }) => {
      printer.tell({ event: 'abandoned', app, id }, `${app} ${id} was given up: it was never handled`);
    });
    device.on('undecryptable', ({ app, id, error: { code, message } }) => {
      const text = `${app} ${id} could not be decrypted and was given up: ${message}`;
      printer.tell({ event: 'undecryptable', app, id, code, message }, text);
    });
    device.on('warning', ({ message }) => process.stderr.write(`lowbeat: ${message}\n`));
  });
}

const stoppedTexts = {
  'taken-over': 'another connection with the same device id took over; one device runs in one place',
  removed: 'the device was removed from the gateway',
  refused: 'the gateway refused the device id or its token',
};

function statusText(status: DeviceStatus): string {
  switch (status.state) {
    case 'connecting': return 'connecting';
    case 'linked': return 'linked';
    case 'waiting': return status.untilMs === Infinity
      ? 'waiting for a network'
      : `waiting until ${new Date(status.untilMs).toLocaleTimeString()}`;
    case 'stopped': return `stopped: ${status.reason}`;
  }
}

/** One event a line, as JSON or for people. Resolves when it has left, so that a slow reader slows the device. */
class Printer {
  readonly #out: Writable;
  readonly #json: boolean;

  constructor(out: Writable, json: boolean) {
    this.#out = out;
    this.#json = json;
  }

  async print(event: object, text: string): Promise<void> {
    const line = this.#json ? JSON.stringify(event) : printable(text);
    await new Promise<void>((resolve, reject) => {
      this.#out.write(`${line}\n`, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** For what nobody waits for; a reader that has left shows as an error of the stream itself. */
  tell(event: object, text: string): void {
    this.print(event, text).catch(() => undefined);
  }

  missed(app: string, count: number): Promise<void> {
    return this.print({ event: 'missed', app, count }, `${app}: ${count} older notifications were dropped`);
  }

  notification({ app, id, text, data, encrypted }: Notification): Promise<void> {
    const bytes = Buffer.from(data).toString('base64url');
    const shown = encrypted === true ? `${data.length} bytes, encrypted` : text;
    // `encrypted` is left out of the line where it is undefined.
    return this.print({ event: 'notification', app, id, text, bytes, encrypted }, `${app} ${id}: ${shown}`);
  }
}

/**
 * What a stranger sent must not steer the terminal: control and format characters show as their code, but for a tab
 * and what joins emoji.
 */
function printable(text: string): string {
  const steering = /(?![\t\u200d])[\p{Cc}\p{Cf}]/gu;
  return text.replace(steering, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}

/** Its standard output goes where errors go, so that what this program prints stays whole. */
async function runCommand(command: string, { app, id, data }: Notification): Promise<void> {
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', process.stderr, process.stderr],
    env: { ...process.env, LOWBEAT_APP: app, LOWBEAT_ID: String(id) },
    timeout: limits.handlerMs,
  });
  // A command need not read what it is given.
  child.stdin.on('error', () => undefined);
  child.stdin.end(data);
  const [status, signal] = await once(child, 'exit') as [number | null, string | null];
  if (status !== 0) throw new Error(`the command ended with ${status === null ? String(signal) : `status ${status}`}`);
}

function sendLines(device: Device): { close(): void } {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [, app, text] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (app === undefined || text === undefined) {
      process.stderr.write('lowbeat: a line to send is an app\'s name, a space and the text\n');
      return;
    }
    device.send(app, text).catch((error: unknown) => {
      process.stderr.write(`lowbeat: not sent to ${app}: ${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  return lines;
}
