// The floor of every comparison: it accepts, and answers each packet with the fixed bytes that a device waits for. It
// parses nothing, knows nobody and keeps nothing of a connection.

import type { Socket } from 'node:net';

import { answerCalls } from '../harness/processes.js';
import { collect, listenOn } from './listening.js';
import type { ListenOptions } from './node-server.js';

const connack = Buffer.of(0x20, 2, 0, 0);
const suback = Buffer.of(0x90, 3, 0, 1, 1);
const pingresp = Buffer.of(0xd0, 0);
const pingreqBytes = 2;

const answers = new Map([[1, connack], [8, suback], [12, pingresp]]);

function onData(this: Socket, chunk: Buffer): void {
  const answer = answers.get((chunk[0] ?? 0) >>> 4);
  if (answer === undefined) return;
  // Pings that a busy machine let pile up come in one piece, two bytes each; of the others a client sends one and waits.
  for (let count = answer === pingresp ? chunk.length / pingreqBytes : 1; count > 0; count -= 1) this.write(answer);
}

function onError(this: Socket): void {
  this.destroy();
}

answerCalls({
  listen: (options: ListenOptions) => listenOn(options, (socket) => void socket.on('data', onData).on('error', onError)),
  collect,
});
