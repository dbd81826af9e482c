// Bare aedes as its own documentation shows it: in memory, with an authentication that costs what Lowbeat's does (one
// SHA-256 and a comparison in constant time).

import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Aedes } from 'aedes';

import { answerCalls } from '../harness/processes.js';
import { collect, listenOn } from './listening.js';
import type { ListenOptions } from './node-server.js';
import type { Population } from './subject.js';

const hash = (secret: string | Buffer): Buffer => createHash('sha256').update(secret).digest();

answerCalls({
  listen: async (options: ListenOptions) => {
    const { devices, apps } = JSON.parse(readFileSync(options.populationFile, 'utf8')) as Population;
    const hashes = new Map<string, Buffer>([
      ...devices.map(({ id, token }): [string, Buffer] => [id, hash(token)]),
      ...apps.map(({ id, secret }): [string, Buffer] => [id, hash(secret)]),
    ]);
    const broker = await Aedes.createBroker({
      authenticate: (_client, username, password, done) => {
        const known = hashes.get(username ?? '');
        done(null, known !== undefined && password !== undefined && timingSafeEqual(hash(Buffer.from(password)), known));
      },
    });
    return listenOn(options, (socket) => void broker.handle(socket));
  },
  collect,
});
