// `npm run demo`: the whole story in a terminal. Everything in it is real: the gateway is a process of its own that is killed
// on the way, the devices are the phone client, the app server is a stock MQTT client, and bytes are counted on the wire.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import mqtt from 'mqtt';

import { limits } from '../core/limits.js';
import { fileStorage } from '../device/file-storage.js';
import { createDevice, type Device } from '../device/index.js';

const root = join(import.meta.dirname, '../../..');
const started = Date.now();
const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string => (color ? `\x1b[${code}m${text}\x1b[0m` : text);

function chapter(title: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(4);
  process.stdout.write(`\n${paint(2, `${seconds} s`)}  ${paint(1, title)}\n`);
}

function say(who: string, text: string): void {
  process.stdout.write(`        ${paint(36, who.padEnd(11))}${text}\n`);
}

/** Whatever happens, nothing of the demo runs on after it. */
let gatewayProcess: ChildProcess | undefined;

interface RunningGateway {
  readonly process: ChildProcess;
  readonly mqttPort: number;
  readonly httpPort: number;
}

/** Starts `lowbeat serve` and waits for its line "ready". */
async function startGateway(data: string, ports: readonly [mqtt: number, http: number]): Promise<RunningGateway> {
  const [mqttPort, httpPort] = ports.map(String) as [string, string];
  const child = spawn(
    process.execPath,
    [join(root, 'bin/lowbeat.js'), 'serve', '--json', '--host', '127.0.0.1', '--data', data, '--mqtt-port', mqttPort, '--http-port', httpPort],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  gatewayProcess = child;
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { readonly msg?: string; readonly mqttPort?: number; readonly httpPort?: number };
    if (entry.msg !== 'ready' || entry.mqttPort === undefined || entry.httpPort === undefined) continue;
    child.stdout.resume();
    return { process: child, mqttPort: entry.mqttPort, httpPort: entry.httpPort };
  }
  throw new Error('the gateway ended before it was ready');
}

/** Calls the operator's API, as `lowbeat user add` and its sisters do. */
async function operate(gateway: RunningGateway, data: string, path: string, body: object): Promise<Record<string, string>> {
  const response = await fetch(`http://127.0.0.1:${gateway.httpPort}/admin/v1/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${readFileSync(join(data, 'admin-token'), 'utf8').trim()}`,
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

/** A wire between the phone and the gateway that counts what passes. */
class CountingWire {
  up = 0;
  down = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(toPort: () => number) {
    this.#server = createServer((near) => {
      const far = createConnection({ host: '127.0.0.1', port: toPort() });
      for (const [from, to, direction] of [[near, far, 'up'], [far, near, 'down']] as const) {
        this.#sockets.add(from);
        from.on('data', (bytes) => {
          this[direction] += bytes.length;
          to.write(bytes);
        });
        from.on('close', () => to.destroy());
        from.on('error', () => to.destroy());
      }
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

/** Resolves when the condition holds; the story waits for what happens, never for a while. */
async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`this did not happen within 10 s: ${what}`);
    await wait(10);
  }
}

interface Phone {
  readonly device: Device;
  readonly got: string[];
}

async function startPhone(name: string, url: string, credentials: Record<string, string>, state: string): Promise<Phone> {
  const device = createDevice({
    url,
    id: credentials['id'] ?? '',
    token: credentials['token'] ?? '',
    storage: fileStorage(state),
    reconnect: { baseMs: 200, capMs: 1_000 },
  });
  // The story tells of each loss itself.
  device.on('warning', () => undefined);
  const got: string[] = [];
  const app = device.app('chat', {
    onNotification: ({ text }) => {
      got.push(text);
      say(name, `“${text}”`);
    },
  });
  await device.start();
  await app.registered();
  return { device, got };
}

/** What the chapters share. */
interface Stage {
  readonly data: string;
  readonly credentials: { readonly phone: Record<string, string>; readonly laptop: Record<string, string> };
  readonly app: Record<string, string>;
  readonly uid: string;
  /** The phone's way to the gateway. */
  readonly wire: CountingWire;
  readonly wirePort: number;
  gateway: RunningGateway;
}

async function story(data: string): Promise<void> {
  const stage = await setTheStage(data);
  const phone = await startThePhone(stage);
  const laptop = await startPhone(
    'laptop', `ws://127.0.0.1:${stage.gateway.httpPort}/mqtt`, stage.credentials.laptop, join(data, 'laptop.json'),
  );
  say('laptop', 'linked over WebSocket');
  await measureAHeartbeat(stage, phone);
  const server = await startTheAppServer(stage);
  const phoneAgain = await crash({ stage, phone, laptop, server });

  chapter('The phone answers, up the same link');
  await phoneAgain.device.send('chat', 'On my way');
  await until('the upstream message', () => server.heard.some((topic) => topic.startsWith('upstream/')));
  await server.client.endAsync();

  chapter('A clean stop tells each device when to come back');
  stage.gateway.process.kill('SIGTERM');
  for (const [name, { device }] of [['phone', phoneAgain], ['laptop', laptop]] as const) {
    await until('the device knows', () => device.status.state === 'waiting');
    const { status } = device;
    if (status.state === 'waiting') say(name, `comes back in ${((status.untilMs - Date.now()) / 1000).toFixed(1)} s`);
  }
  await once(stage.gateway.process, 'exit');
  await Promise.all([phoneAgain.device.stop(), laptop.device.stop()]);
  stage.wire.close();
}

async function setTheStage(data: string): Promise<Stage> {
  chapter('A gateway starts, and its operator adds a user, two devices and an app');
  const gateway = await startGateway(data, [0, 0]);
  await operate(gateway, data, 'users', { name: 'alice' });
  const phone = await operate(gateway, data, 'devices', { user: 'alice', name: 'phone' });
  const laptop = await operate(gateway, data, 'devices', { user: 'alice', name: 'laptop' });
  const app = await operate(gateway, data, 'apps', { name: 'chat' });
  const grant = await operate(gateway, data, 'grants', { user: 'alice', app: 'chat', scopes: ['notify', 'presence'] });
  const uid = grant['uid'] ?? '';
  say('gateway', `MQTT on ${gateway.mqttPort}, HTTP on ${gateway.httpPort}, everything in one folder`);
  say('operator', `alice lets chat notify her; chat knows her only as ${uid}`);
  // The gateway that is started after the crash has the same ports.
  const wire = new CountingWire(() => gateway.mqttPort);
  return { data, credentials: { phone, laptop }, app, uid, wire, wirePort: await wire.listen(), gateway };
}

async function startThePhone({ data, credentials, wirePort }: Stage): Promise<Phone> {
  chapter('Each device opens its one link, and registers the app on it');
  const phone = await startPhone('phone', `mqtt://127.0.0.1:${wirePort}`, credentials.phone, join(data, 'phone.json'));
  say('phone', 'linked over TCP');
  return phone;
}

async function measureAHeartbeat({ wire }: Stage, phone: Phone): Promise<void> {
  chapter('A heartbeat: what presence costs on the wire');
  const before = { up: wire.up, down: wire.down };
  // A heartbeat keeps a second's distance from the frame before it.
  await wait(limits.beatGapMs + 100);
  phone.device.setPresence('away');
  await until('the answer to a heartbeat', () => wire.down > before.down);
  say('phone', `“away” took ${wire.up - before.up} bytes up, and its answer ${wire.down - before.down} bytes down`);
}

interface AppServer {
  readonly client: mqtt.MqttClient;
  /** Topics of what came for it. */
  readonly heard: string[];
  send(text: string, options: string): Promise<unknown>;
}

async function startTheAppServer({ gateway, app, uid }: Stage): Promise<AppServer> {
  chapter('An app server, a stock MQTT client, publishes to the user');
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
    clientId: 'chat-server',
    username: app['id'] ?? '',
    password: app['secret'] ?? '',
    reconnectPeriod: 200,
  });
  const heard: string[] = [];
  client.on('message', (topic, payload) => {
    heard.push(topic);
    say('app server', `${paint(2, topic.replace(/uid_\w+/, 'uid_…'))} ${payload.toString()}`);
  });
  await client.subscribeAsync(['upstream/+', 'receipt/+', 'error/+'], { qos: 1 });
  const send = (text: string, options: string): Promise<unknown> =>
    client.publishAsync(`notify/${uid}?${options}`, text, { qos: 1 });
  await send('Fred wants to talk with you', 'urgency=high&id=greeting&receipt=true');
  await until('the receipt', () => heard.includes('receipt/greeting'));
  return { client, heard, send };
}

interface Cast {
  readonly stage: Stage;
  readonly phone: Phone;
  readonly laptop: Phone;
  readonly server: AppServer;
}

/** The phone as it is after it. */
async function crash({ stage, phone, laptop, server }: Cast): Promise<Phone> {
  chapter('The phone goes away; three messages come; the gateway is killed with SIGKILL');
  await phone.device.stop();
  say('phone', 'away');
  const texts = ['Are you there?', 'I brought pretzels', 'The table by the window'];
  for (const text of texts) await server.send(text, 'ttl=3600');
  say('gateway', 'PUBACK for each: they are on disk');
  await until('the laptop has them', () => laptop.got.length === texts.length + 1);
  stage.gateway.process.kill('SIGKILL');
  await once(stage.gateway.process, 'exit');
  say('gateway', paint(31, 'killed'));

  chapter('It starts again, and the phone comes back');
  const { data, credentials, wirePort } = stage;
  stage.gateway = await startGateway(data, [stage.gateway.mqttPort, stage.gateway.httpPort]);
  const again = await startPhone('phone', `mqtt://127.0.0.1:${wirePort}`, credentials.phone, join(data, 'phone.json'));
  await until('all three', () => again.got.length >= texts.length);
  if (again.got.join() !== texts.join()) throw new Error(`the phone got ${again.got.join(', ')}`);
  say('phone', 'nothing was lost, nothing came twice');
  await until('the laptop is back', () => laptop.device.status.state === 'linked');
  say('laptop', 'linked again by itself');
  return again;
}

function whatNext(): void {
  process.stdout.write(`
${paint(1, 'That was all of it.')} Now your own:

  npm start                        a gateway on 1883 and 8080, data in ./data
  npx lowbeat user add alice       in another terminal; then device, app, grant
  npx lowbeat help                 every command

  README.md                        for app servers and operators
  docs/device.md                   for phones
  docs/operations.md               for operators
  docs/protocol.md                 to write a client in another language
`);
}

const folder = mkdtempSync(join(tmpdir(), 'lowbeat-demo-'));
function cleanUp(): void {
  gatewayProcess?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    cleanUp();
    process.exit(1);
  });
}
try {
  await story(folder);
  whatNext();
} catch (error) {
  process.stderr.write(`\nlowbeat: the demo ended early: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  cleanUp();
}
process.exit();
