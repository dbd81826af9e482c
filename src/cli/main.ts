// The command `lowbeat`: registers every command, and turns what they throw into a line and an exit code.

import { Command, CommanderError } from 'commander';

import { DeviceError } from '../device/errors.js';
import { StoreError } from '../ports/store.js';
import { BackupError } from '../store/backup-format.js';
import { registerApp } from './app.js';
import { registerBackup } from './backup.js';
import { registerDevice } from './device.js';
import { CommandFailure, exitCodes, failureText } from './failure.js';
import { registerGrant } from './grant.js';
import { registerRestore } from './restore.js';
import { registerSend } from './send.js';
import { registerServe } from './serve.js';
import { registerUser } from './user.js';
import { version } from './version.js';
import { registerWatch } from './watch.js';

const program = lowbeat()
  .description('A push gateway of your own: each phone keeps one quiet connection, app servers reach it through here.')
  .version(version, '-V, --version', 'print the version')
  .helpCommand('help [command]', 'explain a command')
  .addHelpText('after', firstSteps());

registerServe(program);
registerUser(program);
registerDevice(program);
registerApp(program);
registerGrant(program);
registerSend(program);
registerWatch(program);
registerBackup(program);
registerRestore(program);
program
  .command('lab [arguments...]')
  .description('the battery simulator: what a heartbeat costs a phone, and what learning saves')
  .helpOption(false)
  .allowUnknownOption()
  .action(runLab);

/** These have more to do than to print, and hear for themselves that nobody reads any more. */
const outliveTheirReader = new Set(['serve', 'run']);

program.hook('preAction', (_program, command) => {
  if (outliveTheirReader.has(command.name())) return;
  // Whoever reads what is printed may leave first, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function lowbeat(): Command {
  return new Command('lowbeat')
    .configureOutput({ outputError: (text, write) => write(complaintText(text)) })
    .exitOverride();
}

/** The simulator is large and for engineers: it is loaded when somebody asks for it. */
async function runLab(): Promise<void> {
  const { registerLab } = await import('./lab.js');
  const engineers = lowbeat();
  registerLab(engineers);
  await engineers.parseAsync();
}

/** Says on standard error what went wrong; the exit code. */
function report(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  const failure = failureOf(error);
  process.stderr.write(failureText(failure, errorForm()));
  return exitCodes[failure.exit];
}

function failureOf(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof StoreError) {
    return new CommandFailure(error.message, { exit: 'data-unusable', code: error.code, cause: error });
  }
  if (error instanceof BackupError) {
    return new CommandFailure(error.message, { exit: 'data-unusable', code: error.code, cause: error });
  }
  if (error instanceof DeviceError) {
    return new CommandFailure(error.message, {
      exit: error.code === 'bad-option' ? 'usage' : 'failed',
      code: error.code,
      cause: error,
    });
  }
  return new CommandFailure(error instanceof Error ? error.message : String(error), {
    exit: 'failed',
    cause: error,
  });
}

function firstSteps(): string {
  return `
First steps:
  lowbeat serve                                     run a gateway, data in ./data
  lowbeat user add alice                            someone to notify
  lowbeat device add --user alice                   her phone: an id and a token
  lowbeat app add chat                              an app server: an id and a secret
  lowbeat grant add --user alice --app chat         she lets it notify her: a uid
  lowbeat device run --gateway mqtt://localhost:1883 --id ID --token TOKEN --app chat
  lowbeat send UID 'The build is done'

The commands work with a running gateway and without one; docs/operations.md has the rest.`;
}

/** Commander's complaint in the form of ours, the suggestion on the same line. */
function complaintText(complaint: string): string {
  const message = complaint.replace(/^error: /, '').trimEnd().replace(/\s*\n\s*/g, ' ');
  return failureText(new CommandFailure(message, { exit: 'usage' }), errorForm());
}

/** Whoever asks for JSON gets it even when the rest of what was asked cannot be understood. */
function errorForm(): 'text' | 'json' {
  return process.argv.includes('--json') ? 'json' : 'text';
}
