// What lies in a data folder beside the records: the operator's token, and where the gateway that runs on it listens.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as z from 'zod';

import { secretBytes } from '../core/ids.js';
import { CommandFailure } from './failure.js';

const runningSchema = z.object({
  pid: z.int().min(1),
  startedAtMs: z.number(),
  /** The admin API is at `/admin/v1` under it. */
  url: z.url({ protocol: /^https?$/ }),
  mqttPort: z.int(),
  httpPort: z.int(),
  mqttsPort: z.int().optional(),
  httpsPort: z.int().optional(),
});

/** How to reach the gateway that runs on a data folder; the file outlives a gateway that was killed. */
export type RunningGateway = z.output<typeof runningSchema>;

const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

export class DataFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The store's own folder. */
  get store(): string {
    return join(this.path, 'store');
  }

  get #tokenFile(): string {
    return join(this.path, 'admin-token');
  }

  get #runningFile(): string {
    return join(this.path, 'gateway.json');
  }

  async exists(): Promise<boolean> {
    return (await ifPresent(stat(this.path)))?.isDirectory() ?? false;
  }

  /** Whether a store was ever made in it. */
  async hasStore(): Promise<boolean> {
    return (await ifPresent(stat(this.store)))?.isDirectory() ?? false;
  }

  /** Makes it, readable for its owner only; true when it was not there. */
  async create(): Promise<boolean> {
    try {
      // Undefined when there was nothing to make.
      return (await mkdir(this.path, { recursive: true, mode: 0o700 })) !== undefined;
    } catch (error) {
      throw new CommandFailure(`cannot make the data folder ${this.path}: ${reason(error)}`, {
        exit: 'data-unusable',
        cause: error,
      });
    }
  }

  /** The operator's token; undefined when no gateway was ever started here. */
  async adminToken(): Promise<string | undefined> {
    const content = await this.#read(this.#tokenFile);
    if (content === undefined) return undefined;
    const token = content.trim();
    if (tokenPattern.test(token)) return token;
    throw new CommandFailure(
      `${this.#tokenFile} does not hold an admin token; remove the file, and the next start makes a new one`,
      { exit: 'data-unusable' },
    );
  }

  /** The operator's token, made at the first call: 32 random bytes in base64url, mode 0600. */
  async ensureAdminToken(): Promise<string> {
    const present = await this.adminToken();
    if (present !== undefined) return present;
    const token = randomBytes(secretBytes).toString('base64url');
    await this.#write(this.#tokenFile, `${token}\n`);
    return token;
  }

  /** Whether others than the owner may read the operator's token. */
  async isAdminTokenExposed(): Promise<boolean> {
    const mode = (await ifPresent(stat(this.#tokenFile)))?.mode ?? 0;
    return process.platform !== 'win32' && (mode & 0o077) !== 0;
  }

  /** What the last gateway here wrote and did not remove; whether it still runs is for the caller to find out. */
  async runningGateway(): Promise<RunningGateway | undefined> {
    const content = await this.#read(this.#runningFile);
    if (content === undefined) return undefined;
    try {
      return runningSchema.safeParse(JSON.parse(content)).data;
    } catch {
      return undefined;
    }
  }

  async writeRunningGateway(running: RunningGateway): Promise<void> {
    await this.#write(this.#runningFile, `${JSON.stringify(running)}\n`);
  }

  async removeRunningGateway(): Promise<void> {
    await rm(this.#runningFile, { force: true });
  }

  async #read(file: string): Promise<string | undefined> {
    try {
      return await ifPresent(readFile(file, 'utf8'));
    } catch (error) {
      throw new CommandFailure(`cannot read ${file}: ${reason(error)}`, {
        exit: 'data-unusable',
        cause: error,
      });
    }
  }

  /** Whole or not at all: whoever reads meanwhile sees the old content or the new. */
  async #write(file: string, content: string): Promise<void> {
    const unfinished = `${file}.${process.pid}.tmp`;
    try {
      await writeFile(unfinished, content, { mode: 0o600 });
      await rename(unfinished, file);
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw new CommandFailure(`cannot write ${file}: ${reason(error)}`, {
        exit: 'data-unusable',
        cause: error,
      });
    }
  }
}

async function ifPresent<Value>(operation: Promise<Value>): Promise<Value | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
