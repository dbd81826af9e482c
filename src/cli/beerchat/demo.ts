// `npm run demo:beerchat`: the story for whoever wants to play it. Open the pages that it prints; the clock and the devices are on the stage page.

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { ScaledTime } from '../../../firmware-sim/live/scaled-time.js';
import { stagePage } from './stage-page.js';
import { skipTo, startBeerChat, StoryGateway } from './story.js';
import type { StoryDevice } from './story-device.js';

const ports = { gateway: 8080, beerchat: 8090, stage: 8091 };
const mostBodyBytes = 1_024;
const tellMs = 250;
const speeds = [1, 10, 60] as const;

/** Five to nine tonight, where this runs. */
function fiveToNine(): number {
  const evening = new Date();
  evening.setHours(20, 55, 0, 0);
  return evening.getTime();
}

const time = new ScaledTime({ startMs: fiveToNine(), speed: 1 });
time.start();
const streams = new Set<ServerResponse>();
let told = '';

const gateway = await StoryGateway.open(time, ports.gateway).catch((error: unknown) => quit(error, ports.gateway));
const beerchat = await startBeerChat([gateway], 'BeerChat', ports.beerchat);
const devices: StoryDevice[] = [];
for (const name of ["Marge's phone", "Marge's desktop"]) devices.push(await gateway.device(name, ['BeerChat'], tell));
for (const device of devices) void device.pair();

function state(): string {
  return JSON.stringify({ nowMs: time.nowMs(), speed: time.speed, devices: devices.map(({ view }) => view) });
}

function tell(): void {
  const now = state();
  if (now === told) return;
  told = now;
  for (const stream of streams) stream.write(`data: ${now}\n\n`);
}
setInterval(tell, tellMs);

const stage = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
stage.on('error', (error) => quit(error, ports.stage));
stage.listen(ports.stage, '127.0.0.1');

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'POST' && request.headers['content-type'] === 'application/json') return act(await bodyOf(request), response);
  if (request.method === 'GET' && request.url === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(stagePage(speeds));
    return;
  }
  if (request.method === 'GET' && request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    streams.add(response);
    response.on('close', () => streams.delete(response));
    response.write(`data: ${state()}\n\n`);
    return;
  }
  response.writeHead(404).end();
}

interface Act {
  readonly act?: string;
  readonly device?: number;
  readonly id?: number;
  readonly speed?: number;
  readonly minutes?: number;
}

async function act({ act, device: index, id, speed, minutes }: Act, response: ServerResponse): Promise<void> {
  const device = devices[index ?? -1];
  let url: string | undefined;
  switch (act) {
    case 'speed': if (speeds.some((one) => one === speed)) time.speed = speed ?? 1; break;
    case 'skip': if (minutes !== undefined && minutes > 0 && minutes <= 1_440) await skipTo(time, time.nowMs() + minutes * 60_000); break;
    case 'online': case 'away': device?.setPresence(act); break;
    case 'unplug': device?.unplug(); break;
    case 'plug': device?.plug(); break;
    case 'off': await device?.switchOff(); break;
    case 'on': await device?.switchOn(); break;
    case 'pair': if (device?.view.code === undefined) void device?.pair(); break;
    case 'handle': url = device?.handle(id ?? -1)?.url; break;
    default: response.writeHead(400).end(); return;
  }
  tell();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ url }));
}

async function bodyOf(request: IncomingMessage): Promise<Act> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > mostBodyBytes) return {};
  }
  const body: unknown = JSON.parse(text);
  return typeof body === 'object' && body !== null ? body : {};
}

function quit(error: unknown, port: number): never {
  const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(taken ? `lowbeat: port ${port} is in use; stop what runs there first` : error);
  process.exit(1);
}

console.log(`
It is five to nine, on a clock of its own. Everything runs on this machine.

1. Marge makes an account at her gateway:  ${await gateway.invitation()}
2. Her devices, and the clock:             http://localhost:${ports.stage}
   Pair the phone and the desktop there.
3. She comes into BeerChat:                ${beerchat.url}
   as Marge, adds Fred, and lets friends ring her - from 21:00 to 23:00. Then she closes it.
4. Fred comes into BeerChat, in a private window, and adds Marge. Nobody there.
5. Skip to nine: she is green, and Fred can ring her.
   Her phone shows it; "Respond" opens the room, and the desktop's copy goes.
6. Try away, a cut wire, eleven o'clock, and "Revoke" at ${gateway.url}/apps.

docs/beerchat.md tells what happens behind it. Ctrl-C ends it.
`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void beerchat.stop().finally(() => process.exit(0));
  });
}
