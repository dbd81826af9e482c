// mosquitto 2 with passwords, in memory, and with none of its limits in the way.

import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { Child, until } from '../harness/processes.js';
import { certificateIn } from './certificate.js';
import { freePort } from './listening.js';
import { drawPopulation, writePopulation } from './population.js';
import type { RunningSubject, StartOptions, Subject } from './subject.js';

/** Debian puts it where a user's path does not look. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

export const mosquitto: Subject = { name: 'mosquitto 2', start };

export function mosquittoProgram(): string | undefined {
  return folders.map((folder) => join(folder, 'mosquitto')).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function start(options: StartOptions): Promise<RunningSubject> {
  const { folder, tls } = options;
  const program = mosquittoProgram();
  if (program === undefined) throw new Error('mosquitto is not installed; on Debian: apt-get install mosquitto');
  const population = drawPopulation(options);
  const populationFile = writePopulation(folder, population);
  const passwords = join(folder, 'passwords');
  writeFileSync(passwords, [
    ...population.devices.map(({ id, token }) => passwordLine(id, token)),
    ...population.apps.map(({ id, secret }) => passwordLine(id, secret)),
  ].join(''), { mode: 0o600 });
  const port = await freePort();
  const files = tls ? await certificateIn(folder) : undefined;
  const configuration = join(folder, 'mosquitto.conf');
  writeFileSync(configuration, `${[
    `listener ${port} 127.0.0.1`,
    ...(files === undefined ? [] : [`certfile ${files.cert}`, `keyfile ${files.key}`]),
    // It would become another user, who may not read its files.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    'allow_anonymous false',
    `password_file ${passwords}`,
    'persistence false',
    'set_tcp_nodelay true',
    'max_inflight_messages 0',
    'max_queued_messages 0',
    'log_dest stderr',
    'log_type error',
  ].join('\n')}\n`);
  const child = new Child('mosquitto', program, ['-c', configuration]);
  const { connect } = await import('node:net');
  await until('mosquitto listens', () => new Promise<boolean>((resolve, reject) => {
    if (child.hasEnded) reject(new Error(`mosquitto: ${child.output}`));
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  }), 20_000);
  return { name: mosquitto.name, pid: child.pid, port, tls, populationFile, population, stop: () => child.end() };
}

/** As mosquitto_passwd writes it: PBKDF2 with its own number of rounds. */
function passwordLine(name: string, password: string): string {
  const rounds = 101;
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, rounds, 64, 'sha512');
  return `${name}:$7$${rounds}$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}
