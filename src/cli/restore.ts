import { rmdir } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { Command } from 'commander';

import { restoreBackup } from '../store/backup.js';
import type { BackupSummary } from '../store/backup.js';
import type { DataFolder } from './data-folder.js';
import { dataFolder } from './operator-access.js';
import { minuteText, printOne } from './output.js';
import type { OutputFlags } from './output.js';

interface RestoreFlags extends OutputFlags {
  readonly data?: string;
  readonly config?: string;
}

export function registerRestore(program: Command): void {
  program
    .command('restore <file>')
    .description('fill a new data folder from a backup; nothing is overwritten')
    .option('--data <dir>', 'the folder to fill (default: as "lowbeat serve" would)')
    .option('--config <file>', 'configuration file that names the data folder')
    .option('--json', 'print one JSON object a line')
    .addHelpText(
      'after',
      '\nAll of the backup is restored, or nothing. The next start makes a new admin token.' +
        '\n\nExample:\n  lowbeat restore lowbeat.backup --data ./restored',
    )
    .action((file: string, flags: RestoreFlags) => restore(resolve(file), flags));
}

async function restore(file: string, flags: RestoreFlags): Promise<void> {
  const folder = dataFolder(flags);
  const made = await folder.create();
  const summary = await fill(folder, file).catch(async (error: unknown) => {
    // A folder that was there before may hold what is not ours.
    if (made) await rmdir(folder.path).catch(() => undefined);
    throw error;
  });
  printOne(flags, { file, data: folder.path, records: summary.entries, createdAtMs: summary.createdAtMs }, [
    ['restored', folder.path],
    ['records', String(summary.entries)],
    ['as of', minuteText(summary.createdAtMs)],
  ]);
}

function fill(folder: DataFolder, file: string): Promise<BackupSummary> {
  return restoreBackup({ path: file, folder: folder.store });
}
