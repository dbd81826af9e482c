// The running whole, wired by hand: store, gateway, the MQTT front, the HTTP front, and the files that tell the
// other commands about them. This is the only place where they meet.

import { join } from 'node:path';

import { limits } from '../core/limits.js';
import { AppRegistration, domainProofPath } from '../gateway/app-registration.js';
import { evenAnswers } from '../gateway/even-answers.js';
import { createGateway } from '../gateway/gateway.js';
import type { RunningGateway } from '../gateway/gateway.js';
import { randomPool } from '../gateway/random-pool.js';
import { hashSecret } from '../gateway/secrets.js';
import { Accounts } from '../http/account/accounts.js';
import { createHttpApp } from '../http/app.js';
import { trustedProxies } from '../http/client-address.js';
import { HttpFront } from '../http/front.js';
import { readPages } from '../http/pages.js';
import { createPrometheusMetrics } from '../http/metrics.js';
import { createMqttFront } from '../mqtt/front.js';
import type { MqttFront } from '../mqtt/front.js';
import { readDomainProof } from '../outgoing/domain-proof.js';
import { OutgoingFence } from '../outgoing/fence.js';
import { systemClock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import { StoreError } from '../ports/store.js';
import type { Store } from '../ports/store.js';
import { createVapidKey, vapidKeysOf } from '../push-sender/vapid-keys.js';
import { WebPushSender } from '../push-sender/web-push-sender.js';
import { writeBackup } from '../store/backup.js';
import { openLevelStore } from '../store/level/level-store.js';
import { SignedWebhookSender } from '../webhook-sender/signed-webhook-sender.js';
import { readCertificate, warnOfEnd, watchCertificate } from './certificate-files.js';
import type { CertificatePaths } from './certificate-files.js';
import { DataFolder } from './data-folder.js';
import { CommandFailure } from './failure.js';
import { addressesOf, listen, reachableAddress } from './listening.js';
import type { Ports } from './listening.js';
import { listOf } from './settings.js';
import type { Settings } from './settings.js';
import { returnSpareMemory } from './spare-memory.js';
import { version } from './version.js';

export interface ServiceOptions {
  readonly settings: Settings;
  readonly log: Log;
}

export interface RunningServices {
  readonly ports: Ports;
  /** By which this machine reaches them; plain MQTT first. */
  readonly addresses: readonly { readonly name: string; readonly url: string }[];
  /** A link to make the operator's account, as long as there is none. Rejects with StoreError. */
  readonly firstAccount: () => Promise<string | undefined>;
  /** Drains and closes everything; the caller bounds the time. */
  stop(): Promise<void>;
}

/** What runs so far: a start that fails half-way stops just that. */
interface Parts {
  readonly folder: DataFolder;
  store?: Store;
  gateway?: RunningGateway;
  mqtt?: MqttFront;
  http?: HttpFront;
  certificateWatch?: { close(): void };
  stopReturningMemory?: () => void;
  fence?: OutgoingFence;
}

/** Resolves when everything listens; rejects with CommandFailure or StoreError, with nothing left running. */
export async function startServices(options: ServiceOptions): Promise<RunningServices> {
  const parts: Parts = { folder: new DataFolder(options.settings.data) };
  try {
    return await start(options, parts);
  } catch (error) {
    await stop(parts);
    throw error;
  }
}

async function start({ settings, log }: ServiceOptions, parts: Parts): Promise<RunningServices> {
  const paths = certificatePaths(settings);
  const certificate = paths === undefined ? undefined : await readCertificate(paths);
  if (certificate !== undefined) warnOfEnd(certificate, log);
  const { folder } = parts;
  await folder.create();
  // First of all: whoever has the store is the one gateway of this folder.
  const store = (parts.store = await openStoreOf(folder, log));
  const adminToken = await folder.ensureAdminToken();
  if (await folder.isAdminTokenExposed()) {
    log.warn({ folder: folder.path }, 'others than its owner may read the file admin-token; chmod 600 it');
  }

  let publicUrl = settings.publicUrl?.replace(/\/+$/, '');
  const { metrics, scrape, figures } = createPrometheusMetrics({ counts: () => store.counts() });
  const shared = { clock: systemClock, log, metrics };
  const holdMs = settings.holdSeconds * 1000;
  const randomBytes = randomPool();
  const fence = (parts.fence = new OutgoingFence({ allow: listOf(settings.allowOutgoing) }));
  const gateway = (parts.gateway = await createGateway({
    ...shared,
    store,
    randomBytes,
    holdMs,
    publicUrl: () => publicUrl,
    pushSender: once(async () => new WebPushSender({
      fence,
      keys: vapidKeysOf(await store.keep('vapid', createVapidKey())),
      subject: settings.contact ?? (publicUrl?.startsWith('https://') === true ? publicUrl : noContact),
      clock: systemClock,
    })),
    webhookSender: new SignedWebhookSender({ fence, clock: systemClock }),
    endpointProblem: (endpoint) => fence.problem(endpoint),
    // The token stays the same after a restart, and whoever has it may know everything anyway.
    evenAnswers: evenAnswers({ stepMs: limits.answerStepMs, clock: systemClock, later: setTimeout }),
    presenceDelayMs: settings.presenceDelaySeconds * 1000,
    ...(settings.windowJitterMinutes > 0 && {
      windowJitter: { mostMs: settings.windowJitterMinutes * 60_000, secret: hashSecret(`window jitter ${adminToken}`) },
    }),
    ...(settings.fleetLearning === 'on' && { fleetSecret: hashSecret(`fleet ${adminToken}`) }),
  }));
  const mqtt = (parts.mqtt = await createMqttFront({
    ...shared,
    gateway,
    deadlines: gateway.deadlines,
    limits: { connections: settings.maxConnections },
    proxyProtocol: settings.proxyProtocol,
  }));
  const addresses: { name: string; url: string }[] = [];
  const isTrustedProxy = trustedProxies(listOf(settings.trustedProxies));
  const accounts = new Accounts({ store, clock: systemClock, randomBytes, registry: gateway.registry, publicUrl: () => publicUrl });
  const appRegistration = new AppRegistration({
    registry: gateway.registry, store, randomBytes, byUsers: settings.appRegistration === 'users',
    readDomainProof: (domain) => readDomainProof(fence, domain, domainProofPath),
  });
  const app = await createHttpApp({
    isTrustedProxy,
    gateway,
    operations: gateway,
    scrape,
    log,
    adminTokenHash: hashSecret(adminToken),
    backup: () => writeBackup(store, systemClock.nowMs()),
    version,
    presence: { presence: gateway.presence, clock: systemClock, deadlines: gateway.deadlines },
    authorization: { store, clock: systemClock, randomBytes, registry: gateway.registry, log, publicUrl: () => publicUrl, sessions: accounts.sessions },
    pages: readPages(join(import.meta.dirname, '../../web')),
    console: {
      accounts, appRegistration, figures, store, clock: systemClock, deadlines: gateway.deadlines, users: gateway.users, publicUrl: () => publicUrl,
      ...(gateway.applicationServerKey && { applicationServerKey: gateway.applicationServerKey }),
    },
    push: { push: gateway.push, gateway, clock: systemClock, deadlines: gateway.deadlines, publicUrl: () => publicUrl,
      ...(gateway.applicationServerKey && { applicationServerKey: gateway.applicationServerKey }) },
    listening: () => addresses,
  });
  const http = (parts.http = new HttpFront({
    app,
    log,
    isTrustedProxy,
    onMqttSocket: (socket, address) => mqtt.acceptWebSocket(socket, address),
  }));

  const { ports, useCertificate } = await listen({
    settings, certificate, mqtt, http, onHttp: (url) => void (publicUrl ??= url),
  });
  if (paths !== undefined) {
    parts.certificateWatch = watchCertificate({ ...paths, log, onChange: useCertificate });
  }
  parts.stopReturningMemory = returnSpareMemory({ clock: systemClock, log });
  addresses.push(...addressesOf({ settings, ports, address: 'HOST' }));
  const address = reachableAddress(settings.host);
  const url = `http://${address}:${ports.httpPort}`;
  await folder.writeRunningGateway({ pid: process.pid, startedAtMs: systemClock.nowMs(), url, ...ports });
  const firstAccount = async (): Promise<string | undefined> => {
    const first = await accounts.invitations.first();
    return first && `${publicUrl ?? url}/setup#${first.token}`;
  };
  return { ports, addresses: addressesOf({ settings, ports, address }), firstAccount, stop: () => stop(parts) };
}

// With `limits.closeMs` for connections together below `limits.stopMs`.
const drainMs = limits.stopMs / 2;
const lastAnswersMs = 1_000;

/** Lets what is under way end before what it needs; the caller bounds the whole. */
async function stop({ folder, store, gateway, mqtt, http, certificateWatch, stopReturningMemory, fence }: Parts): Promise<void> {
  certificateWatch?.close();
  stopReturningMemory?.();
  mqtt?.stopAccepting();
  await gateway?.stop(drainMs);
  await mqtt?.stop({ withinMs: limits.closeMs });
  // HTTP stays till now, so that a load balancer reads at /readyz that this gateway is stopping.
  await http?.close(lastAnswersMs);
  fence?.close();
  if (store === undefined) return;
  // While the folder is still ours: the next gateway on it writes its own. A file that stays does no harm.
  await folder.removeRunningGateway().catch(() => undefined);
  await store.close();
}

/** RFC 8292 §2.1 has a sender say how to reach it; whoever has not said it is nobody. */
const noContact = 'mailto:nobody@lowbeat.invalid';

/** Made when it is first asked for; a failure is not kept. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

async function openStoreOf(folder: DataFolder, log: Log): Promise<Store> {
  try {
    return await openLevelStore({
      folder: folder.store,
      onError: (error) => log.error({ error }, 'the store reported a failure'),
    });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_LOCKED') throw error;
    const running = await folder.runningGateway();
    const whose = running === undefined ? '' : ` (process ${running.pid}, since ${new Date(running.startedAtMs).toISOString()})`;
    throw new CommandFailure(
      `the data folder ${folder.path} is in use by another gateway${whose}; stop that one, or give this one a folder of its own with --data`,
      { exit: 'data-unusable', code: error.code, cause: error },
    );
  }
}

/** The schema asks for both or none. */
function certificatePaths({ tlsCert, tlsKey }: Settings): CertificatePaths | undefined {
  return tlsCert === undefined || tlsKey === undefined ? undefined : { tlsCert, tlsKey };
}
