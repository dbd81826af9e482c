import { setTimeout as wait } from 'node:timers/promises';

import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';

import type { GatewayClient } from './gateway-client.js';
import { addAccessOptions, requireGateway } from './operator-access.js';
import type { AccessFlags } from './operator-access.js';
import { printLine } from './output.js';
import { accepted } from './registry-command.js';

interface WatchFlags extends AccessFlags {
  /** Seconds. */
  readonly every: number;
  readonly count?: number;
  readonly json?: boolean;
}

export function registerWatch(program: Command): void {
  addAccessOptions(program.command('watch'))
    .description('show what the running gateway does: links, what waits, and rates')
    .option('--every <seconds>', 'how often to look', positive, 2)
    .option('--count <number>', 'look so many times, then end', positive)
    .option('--json', 'print one JSON object a line')
    .action((flags: WatchFlags) => watch(flags));
}

/** What one look shows; rates are per second since the look before. */
interface Look {
  readonly at: string;
  readonly ready: boolean;
  readonly unready: readonly string[];
  readonly links: number;
  readonly appConnections: number;
  readonly waitingNotifications: number | undefined;
  readonly outboxItems: number | undefined;
  readonly acceptedPerSecond: number;
  readonly acknowledgedPerSecond: number;
  readonly heartbeatsPerSecond: number;
  readonly refused: number;
}

async function watch(flags: WatchFlags): Promise<void> {
  const gateway = await requireGateway(flags);
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  let before = { counts: await gateway.counts(), atMs: performance.now() };
  for (let looks = 0; looks < (flags.count ?? Infinity); looks++) {
    await wait(flags.every * 1000, undefined, { signal: end.signal }).catch(() => undefined);
    if (end.signal.aborted) return;
    const now = { counts: await gateway.counts(), atMs: performance.now() };
    const shown = await look(gateway, before, now);
    if (flags.json === true) printLine(JSON.stringify(shown));
    else printLook(shown, looks);
    before = now;
  }
}

interface Sample {
  readonly counts: ReadonlyMap<string, number>;
  readonly atMs: number;
}

async function look(gateway: GatewayClient, before: Sample, now: Sample): Promise<Look> {
  const status = accepted(await gateway.status());
  const count = (name: string) => now.counts.get(name) ?? 0;
  const rate = (name: string) => {
    const grown = count(name) - (before.counts.get(name) ?? 0);
    // A gateway that was started anew counts from 0.
    return Math.max(0, Math.round((grown / (now.atMs - before.atMs)) * 10_000) / 10);
  };
  return {
    at: new Date().toISOString(),
    ready: status.unready.length === 0,
    unready: status.unready,
    links: status.links,
    appConnections: status.appConnections,
    waitingNotifications: status.store?.waitingNotifications,
    outboxItems: status.store?.outboxItems,
    acceptedPerSecond: rate('notifications_accepted_total'),
    acknowledgedPerSecond: rate('notifications_acknowledged_total'),
    heartbeatsPerSecond: rate('heartbeats_total'),
    refused: count('notifications_refused_total'),
  };
}

const columns: readonly (readonly [title: string, text: (look: Look) => string])[] = [
  ['LINKS', ({ links }) => String(links)],
  ['APPS', ({ appConnections }) => String(appConnections)],
  ['WAITING', ({ waitingNotifications }) => String(waitingNotifications ?? '?')],
  ['OUTBOX', ({ outboxItems }) => String(outboxItems ?? '?')],
  ['ACCEPTED/S', ({ acceptedPerSecond }) => acceptedPerSecond.toFixed(1)],
  ['ACKED/S', ({ acknowledgedPerSecond }) => acknowledgedPerSecond.toFixed(1)],
  ['BEATS/S', ({ heartbeatsPerSecond }) => heartbeatsPerSecond.toFixed(1)],
  ['REFUSED', ({ refused }) => String(refused)],
];
const columnWidth = 11;
/** The titles come again before they scroll out of a small terminal. */
const titleEvery = 20;

function printLook(shown: Look, number: number): void {
  if (number % titleEvery === 0) {
    printLine(`${'TIME'.padEnd(10)}${columns.map(([title]) => title.padStart(columnWidth)).join('')}`);
  }
  const time = new Date(shown.at).toTimeString().slice(0, 8);
  const cells = columns.map(([, text]) => text(shown).padStart(columnWidth)).join('');
  printLine(`${time.padEnd(10)}${cells}${shown.ready ? '' : `  not ready: ${shown.unready.join(', ')}`}`);
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0 && Number.isFinite(number))) throw new InvalidArgumentError('It must be a number above 0.');
  return number;
}
