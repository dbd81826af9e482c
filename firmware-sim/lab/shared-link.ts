// One shared link against a socket for each app: the same phones, the same notifications, the same radio.

import type { World } from '../world/world.js';
import type { CompareOptions, CompareRow } from './compare.js';
import { runComparison } from './run-jobs.js';

export interface SharedLinkOptions {
  /** A cellular world; a Wi-Fi profile meets the same one over Wi-Fi. */
  readonly world: World;
  readonly profiles: readonly string[];
  /** Profiles of these names are Wi-Fi radios. */
  readonly wifiProfiles: readonly string[];
  readonly apps: readonly number[];
  readonly compare: Pick<CompareOptions, 'set' | 'battery' | 'devices' | 'days' | 'seeds'>;
  readonly workers: number;
  readonly onProgress?: (done: number, all: number) => void;
}

export interface SharedLinkRow {
  readonly profile: string;
  readonly apps: number;
  /** Energy of the sockets over that of the one link. */
  readonly factor: number;
  /** The same when every app beats at a patient 300 s. */
  readonly patientFactor: number;
  readonly socketsJoulesPerDay: number;
  readonly linkJoulesPerDay: number;
  /** Both as shares of the battery. */
  readonly socketsPercentPerDay: number;
  readonly linkPercentPerDay: number;
}

export async function compareSharedLink(options: SharedLinkOptions): Promise<SharedLinkRow[]> {
  const { world, wifiProfiles, apps, compare, workers, onProgress } = options;
  const profiles = [...options.profiles, ...wifiProfiles];
  const rows: SharedLinkRow[] = [];
  for (const [index, profile] of profiles.entries()) {
    const wifi = wifiProfiles.includes(profile);
    const compared = await runComparison({
      compare: {
        ...compare,
        world: wifi ? overWifi(world) : world,
        profile: wifi ? 'lte-2012' : profile,
        wifiProfile: wifi ? profile : 'wifi-2012',
      },
      strategies: ['lowbeat', ...apps.flatMap((count) => [`sockets-${count}`, `patient-sockets-${count}`])],
      workers,
      ...(onProgress && { onProgress: (done: number, all: number) => onProgress(index * all + done, profiles.length * all) }),
    });
    const rowOf = (id: string): Pick<CompareRow, 'joulesPerDay' | 'batteryPercentPerDay'> =>
      compared.find(({ strategy }) => strategy === id) ?? { joulesPerDay: NaN, batteryPercentPerDay: NaN };
    const link = rowOf('lowbeat');
    for (const count of apps) {
      const sockets = rowOf(`sockets-${count}`);
      rows.push({
        profile,
        apps: count,
        factor: sockets.joulesPerDay / link.joulesPerDay,
        patientFactor: rowOf(`patient-sockets-${count}`).joulesPerDay / link.joulesPerDay,
        socketsJoulesPerDay: sockets.joulesPerDay,
        linkJoulesPerDay: link.joulesPerDay,
        socketsPercentPerDay: sockets.batteryPercentPerDay,
        linkPercentPerDay: link.batteryPercentPerDay,
      });
    }
  }
  return rows;
}

/** The same day with every cellular place on Wi-Fi: the boxes and all traffic stay. */
function overWifi(world: World): World {
  const places = Object.fromEntries(
    Object.entries(world.places).map(([id, place]) => [id, place.link === 'cellular' ? { ...place, link: 'wifi' as const } : place]),
  );
  return { ...world, places };
}
