// What a report is made of: every number is computed here, and the page only draws them.

import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { loadBattery } from '../../battery/battery.js';
import { quantitiesOf, type NamedQuantity } from '../../quantity.js';
import { loadRadioProfile } from '../../radio/profile.js';
import { loadStrategies, strategiesOf } from '../../strategies/load.js';
import type { SeedSet } from '../../world/trace.js';
import { loadWorld, type World } from '../../world/world.js';
import type { CompareRow } from '../compare.js';
import { learningOf, phoneDay, type LearningPoint, type PhoneDay } from '../phone-day.js';
import { runComparison } from '../run-jobs.js';
import { compareSharedLink, type SharedLinkRow } from '../shared-link.js';
import { validate, type ValidationRow } from '../validate.js';

export interface ReportOptions {
  readonly worlds: readonly World[];
  readonly set: SeedSet;
  readonly profiles: readonly string[];
  readonly wifiProfile: string;
  readonly battery: string;
  readonly devices: number;
  readonly days: number;
  readonly seeds: readonly number[];
  readonly workers: number;
  readonly onProgress?: (what: string, done: number, all: number) => void;
}

/** A number of a radio profile or of the battery. */
export interface SourcedNumber extends NamedQuantity {
  /** Id of its file. */
  readonly of: string;
}

export interface ReportData {
  readonly commit: string;
  readonly machine: { readonly processor: string; readonly cores: number; readonly node: string };
  readonly options: {
    readonly worlds: readonly string[];
    readonly set: SeedSet;
    readonly profiles: readonly string[];
    readonly wifiProfile: string;
    readonly battery: string;
    readonly devices: number;
    readonly days: number;
    readonly seeds: readonly number[];
  };
  /** Ids with the titles that people know them by. */
  readonly worldTitles: Readonly<Record<string, string>>;
  readonly profileTitles: Readonly<Record<string, string>>;
  readonly batteryTitle: string;
  readonly strategyTitles: Readonly<Record<string, string>>;
  readonly rows: readonly CompareRow[];
  readonly sharedLink: readonly SharedLinkRow[];
  readonly days: readonly PhoneDay[];
  readonly learning: readonly LearningPoint[];
  readonly validation: readonly ValidationRow[];
  readonly sourcedNumbers: readonly SourcedNumber[];
}

/** Numbers of apps in the picture of the shared link. */
const appCounts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
/** Sockets beat thousands of times a day: fewer phones give as steady a factor. */
const sharedLinkPhones = { devices: 5, days: 3 } as const;
/** The day that is drawn comes after so many days of learning, on a working day. */
const drawnDay = 8;
const learningDevices = [0, 1, 2, 3, 4, 5] as const;

export async function measure(options: ReportOptions): Promise<ReportData> {
  const { worlds, set, profiles, wifiProfile, battery, devices, days, seeds, workers, onProgress } = options;
  const strategies = await loadStrategies();
  const ids = [...strategies.keys()];
  const rows: CompareRow[] = [];
  for (const world of worlds) {
    for (const profile of profiles) {
      const tell = (done: number, all: number): void => onProgress?.(`${world.id}, ${profile}`, done, all);
      const compare = { world, set, profile, wifiProfile, battery, devices, days, seeds };
      rows.push(...(await runComparison({ compare, strategies: ids, workers, onProgress: tell })));
    }
  }
  const sharedLink = await compareSharedLink({
    world: loadWorld('cellular'),
    profiles,
    wifiProfiles: [wifiProfile],
    apps: appCounts,
    compare: { set, battery, ...sharedLinkPhones, seeds },
    workers,
    onProgress: (done, all) => onProgress?.('one socket per app', done, all),
  });
  const usedProfiles = [...profiles, wifiProfile];
  return {
    commit: commitOf(),
    machine: { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version },
    options: { worlds: worlds.map(({ id }) => id), set, profiles, wifiProfile, battery, devices, days, seeds },
    worldTitles: Object.fromEntries(worlds.map(({ id, title }) => [id, title])),
    profileTitles: Object.fromEntries(usedProfiles.map((id) => [id, loadRadioProfile(id).title])),
    batteryTitle: loadBattery(battery).title,
    strategyTitles: Object.fromEntries([...strategies].map(([id, { title }]) => [id, title])),
    rows,
    sharedLink,
    ...(await onePhone(options)),
    validation: validate(),
    sourcedNumbers: [...usedProfiles.map(loadRadioProfile), loadBattery(battery)].flatMap((file) =>
      quantitiesOf(file).map((each) => ({ of: file.id, ...each })),
    ),
  };
}

async function onePhone(options: ReportOptions): Promise<Pick<ReportData, 'days' | 'learning'>> {
  const { set, wifiProfile, profiles } = options;
  const phone = { set, wifiProfile, profile: profiles[0] ?? 'lte-2012' };
  const mixed = loadWorld('mixed');
  const drawn = await strategiesOf(['lowbeat', 'gecko', 'sockets-10']);
  return {
    days: drawn.map((strategy) => phoneDay({ ...phone, world: mixed, device: 0, day: drawnDay }, strategy)),
    learning: learningOf({ ...phone, world: loadWorld('cellular'), devices: learningDevices, days: 14, place: 'street' }),
  };
}

/** The commit of the working copy, with a plus when files differ from it; empty outside one. */
function commitOf(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return '';
  }
}
