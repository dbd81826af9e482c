import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { Command } from 'commander';

import { systemClock } from '../ports/clock.js';
import { saveBackup, writeBackup } from '../store/backup.js';
import type { BackupSummary } from '../store/backup.js';
import { addAccessOptions, dataFolder, noData, openStore, runningGateway } from './operator-access.js';
import type { AccessFlags } from './operator-access.js';
import { printOne } from './output.js';
import type { OutputFlags } from './output.js';
import { accepted } from './registry-command.js';

type BackupFlags = AccessFlags & OutputFlags;

export function registerBackup(program: Command): void {
  addAccessOptions(program.command('backup <file>'))
    .description('write everything the gateway keeps into a file, as it is at one instant, while it runs or not')
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      `
The file is readable for its owner only: it holds what waits for users, and hashes of secrets.
The admin token and the TLS files are not in it.

Example:
  lowbeat backup "/var/backups/lowbeat-$(date +%F).backup"`,
    )
    .action((file: string, flags: BackupFlags) => backup(resolve(file), flags));
}

async function backup(file: string, flags: BackupFlags): Promise<void> {
  const summary = await save(file, flags);
  const { size } = await stat(file);
  printOne(flags, { file, records: summary.entries, bytes: size }, [
    ['backup', file],
    ['records', String(summary.entries)],
    ['bytes', String(size)],
  ]);
}

async function save(file: string, flags: AccessFlags): Promise<BackupSummary> {
  const gateway = await runningGateway(flags);
  if (gateway !== undefined) return saveBackup(accepted(await gateway.backup()), file);
  const folder = dataFolder(flags);
  if (!(await folder.hasStore())) throw noData(folder);
  const store = await openStore(folder);
  try {
    return await saveBackup(writeBackup(store, systemClock.nowMs()), file);
  } finally {
    await store.close();
  }
}
