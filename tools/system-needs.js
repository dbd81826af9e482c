// What the tests need from the system. On Debian as root it is installed; elsewhere one line says
// what to install.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const needs = [
  {
    programs: ['mosquitto_pub', 'mosquitto_sub'],
    debianPackage: 'mosquitto-clients',
    why: 'stock MQTT clients as app server and as device',
  },
  {
    programs: ['chromium'],
    debianPackage: 'chromium',
    why: 'a browser for what runs in one',
  },
  {
    programs: ['openssl'],
    debianPackage: 'openssl',
    why: 'certificates for the tests of TLS',
  },
];

/** What only benchmarks need: one that misses it says so, and tells the figures of the others. */
const benchNeeds = [
  {
    programs: ['mosquitto'],
    debianPackage: 'mosquitto',
    why: 'the broker that everybody knows, as a peer in benchmarks',
  },
];

/** Problems, one line each; none when everything is there. */
export function meetSystemNeeds() {
  const missing = needs.filter((need) => !need.programs.every(isInstalled));
  if (missing.length === 0) return [];
  const packages = missing.map((need) => need.debianPackage);
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    console.log(`  installing ${packages.join(' ')}`);
    const failed = aptGet(['update']) ?? aptGet(['install', '-y', '--no-install-recommends', ...packages]);
    if (failed !== undefined) console.log(failed);
  }
  return missing.filter((need) => !need.programs.every(isInstalled)).map(describe);
}

export function describeSystemNeeds() {
  return needs.map((need) => need.programs.join(', ')).join(', ');
}

/** How to get a program that is missing, in one line. */
export function describeBenchNeed(program) {
  const need = benchNeeds.find(({ programs }) => programs.includes(program));
  if (need === undefined) throw new Error(`no benchmark needs ${program}`);
  return `missing: ${program} (${need.why}); install it, on Debian: apt-get install ${need.debianPackage}`;
}

function isInstalled(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function describe({ programs, debianPackage, why }) {
  const missing = programs.filter((program) => !isInstalled(program)).join(' and ');
  return `missing: ${missing} (${why}); install it, on Debian: apt-get install ${debianPackage}`;
}

/** What it printed, when it failed. */
function aptGet(args) {
  const done = spawnSync('apt-get', ['-q', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (done.status === 0) return undefined;
  return `apt-get ${args.join(' ')}: ${done.error?.message ?? `exit code ${done.status}`}\n${done.stdout}${done.stderr}`;
}
