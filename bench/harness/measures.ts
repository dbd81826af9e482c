// What Linux tells of a process and of itself: memory, processor time, handles.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

import { projectFolder } from './processes.js';

const pageBytes = 4_096;
/** USER_HZ of every Linux there is. */
const ticksPerSecond = 100;

/** Bytes of the process that are in memory (Rss of smaps_rollup: what `ps` shows, counted now and not in batches). */
export function residentBytes(pid: number): number {
  return 1_024 * numberAfter(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), /^Rss:\s+(\d+) kB/m);
}

/** Of these what no file stands behind: without programs, libraries, and tables of a store that are looked at in place. */
export function anonymousBytes(pid: number): number {
  return 1_024 * numberAfter(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), /^Anonymous:\s+(\d+) kB/m);
}

/** Of these what C and C++ took in the main thread (the heap that the C library grows by `brk`): neither JavaScript's heap nor that of other threads. */
export function nativeHeapBytes(pid: number): number {
  return 1_024 * numberAfter(readFileSync(`/proc/${pid}/smaps`, 'utf8'), /\[heap\]\n(?:.*\n)*?Rss:\s+(\d+) kB/);
}

/** Seconds of processor time that the process used so far, in its own code and in the kernel; all its threads. */
export function processorSeconds(pid: number): { readonly user: number; readonly system: number; readonly total: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name stands in parentheses and may hold anything; user and system time are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]) / ticksPerSecond, Number(fields[12]) / ticksPerSecond];
  return { user, system, total: user + system };
}

export function openHandles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Bytes that the kernel keeps for sockets and whatever else: its slabs and the buffers of TCP. */
export function kernelBytes(): number {
  const slab = 1_024 * numberAfter(readFileSync('/proc/meminfo', 'utf8'), /^Slab:\s+(\d+) kB/m);
  return slab + pageBytes * numberAfter(readFileSync('/proc/net/sockstat', 'utf8'), /^TCP:.* mem (\d+)/m);
}

export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Files that a process may have open: the soft limit of this one, which Node raises to the hard one, and its children inherit. */
export function openFilesLimit(): number {
  const text = readFileSync('/proc/self/limits', 'utf8');
  return numberAfter(text, /^Max open files\s+\d+\s+(\d+)/m, Number.MAX_SAFE_INTEGER);
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly openFiles: number;
  /** Load average of the last minute when the run began: above 0 others were at work. */
  readonly loadAtStart: number;
}

export function machineOf(): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    openFiles: openFilesLimit(),
    loadAtStart: Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]),
  };
}

/** The commit of the working copy, with a plus when files differ from it; empty outside one. */
export function commitOf(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: projectFolder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return '';
  }
}

function numberAfter(text: string, pattern: RegExp, otherwise?: number): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined && otherwise !== undefined) return otherwise;
  if (found === undefined) throw new Error(`not as on Linux: ${String(pattern)} is not in ${text.slice(0, 200)}`);
  return Number(found);
}
