// The simulator beside published measurements. Every row must hold its tolerance before any other result is looked at.

import { batteryPercent, loadBattery } from '../battery/battery.js';
import { baselineEnergyMj, simulatePhone } from '../engine/simulate.js';
import { idleAverageMw, loadRadioProfile } from '../radio/profile.js';
import { Radio, RadioModel } from '../radio/radio.js';
import { fixedRule, Pinger } from '../strategies/pinger.js';
import type { Trace } from '../world/trace.js';
import { parseWorld, type World } from '../world/world.js';

export interface ValidationRow {
  readonly what: string;
  readonly unit: string;
  readonly published: number;
  readonly simulated: number;
  /** (simulated − published) / published. */
  readonly deviation: number;
  readonly tolerance: number;
  readonly holds: boolean;
  readonly source: string;
}

const huang = 'Huang et al., MobiSys 2012';
const nicholas = 'Nicholas, Power Profiling: MQTT on Android';
const uwebsockets = 'uWebSockets.js issue 395';
const variegated = 'SIGCOMM 2021, A variegated look at 5G in the wild';

export function validate(): ValidationRow[] {
  return [...isolatedPackets(), ...idleAverages(), ...nicholasRows(), ...sawTooth(), ...timers(), ...middleboxes()];
}

/** As it stands in docs/simulator.md; a test holds the two together. */
export function validationTable(rows: readonly ValidationRow[]): string {
  const lines = rows.map((each) => {
    const tolerance = each.tolerance === 0 ? 'exact' : `${(100 * each.tolerance).toFixed(0)} %`;
    return `| ${each.what} | ${each.published} ${each.unit} | ${each.simulated.toPrecision(4)} ${each.unit} | ${deviationText(each)} | ${tolerance} | ${each.source} |`;
  });
  return ['| what | published | simulated | deviation | tolerance | source |', '|---|---|---|---|---|---|', ...lines].join('\n');
}

/** In percent, without a minus before nothing. */
export function deviationText({ deviation }: ValidationRow): string {
  return `${(100 * deviation).toFixed(1).replace(/^-0\.0$/, '0.0')} %`;
}

function row(
  what: string,
  unit: string,
  published: number,
  simulated: number,
  tolerance: number,
  source: string,
): ValidationRow {
  const deviation = (simulated - published) / published;
  return { what, unit, published, simulated, deviation, tolerance, holds: Math.abs(deviation) <= tolerance, source };
}

/** Smallest packet there is: a bare TCP/IP header. */
const barePacketBytes = 40;

function isolatedPackets(): ValidationRow[] {
  const isolated = (id: string, bytes: number): number => {
    const model = new RadioModel(loadRadioProfile(id));
    const radio = new Radio(model, 0);
    const sentMs = radio.transfer(0, 'up', bytes);
    const tailMs = model.stages.slice(model.stageFor('up', bytes)).reduce((sum, stage) => sum + stage.tailMs, 0);
    return radio.energyMj(sentMs + tailMs) / 1000;
  };
  const fach = isolated('3g-nexus-one', barePacketBytes) - idleAverageMw(loadRadioProfile('3g-nexus-one')) * 0.006;
  return [
    row('one packet on idle LTE (2012)', 'J', 12.59, isolated('lte-2012', barePacketBytes), 0.01, huang),
    row('one packet on idle 3G (2012)', 'J', 7.38, isolated('3g-2012', barePacketBytes), 0.01, huang),
    row('one packet on idle Wi-Fi (2012)', 'J', 0.038, isolated('wifi-2012', barePacketBytes), 0.01, huang),
    row('one small packet in FACH, above idle', 'J', 2.375, fach, 0.01, 'PowerTutor'),
  ];
}

function idleAverages(): ValidationRow[] {
  const average = (id: string): number => {
    const hourMs = 3_600_000;
    return new Radio(new RadioModel(loadRadioProfile(id)), 0).energyMj(hourMs) / (hourMs / 1000);
  };
  return [
    row('idle LTE (2012)', 'mW', 20.0, average('lte-2012'), 0.01, huang),
    row('idle 3G (2012)', 'mW', 4.06, average('3g-2012'), 0.01, huang),
    row('idle Wi-Fi (2012)', 'mW', 1.9, average('wifi-2012'), 0.01, huang),
  ];
}

/** The phone that Nicholas measured. */
const nicholasBattery = 'htc-desire-1400';
const nicholasPercent = {
  '3g': { 60: 0.77641278, 120: 0.38884457, 240: 0.15568461, 480: 0.07792208 },
  wifi: { 60: 0.0119021, 120: 0.0062861, 240: 0.00283991, 480: 0.00134018 },
} as const;

function nicholasRows(): ValidationRow[] {
  const rows: ValidationRow[] = [];
  const simulated = new Map<string, number>();
  for (const link of ['3g', 'wifi'] as const) {
    for (const seconds of [60, 120, 240, 480] as const) {
      const percent = keepAlivePercentPerHour(link, seconds);
      simulated.set(`${link} ${seconds}`, percent);
      const tolerance = link === '3g' && seconds <= 120 ? 0.1 : 0.25;
      const what = `keep-alive every ${seconds} s on ${link === '3g' ? '3G' : 'Wi-Fi'}`;
      rows.push(row(what, '% battery/h', nicholasPercent[link][seconds], percent, tolerance, nicholas));
    }
  }
  const ratio = (simulated.get('3g 240') ?? 0) / (simulated.get('3g 480') ?? 1);
  rows.push(row('3G: 240 s costs twice what 480 s does', '×', 2, ratio, 0.05, nicholas));
  return rows;
}

/** Two days of keep-alives on one network that forgets nothing, by the real agent and session. */
function keepAlivePercentPerHour(link: '3g' | 'wifi', seconds: number): number {
  const cellular = new RadioModel(loadRadioProfile('3g-nexus-one'));
  const wifi = new RadioModel(loadRadioProfile('wifi-2012'));
  const trace = quietTrace(link === '3g' ? 'cellular' : 'wifi', 48);
  const run = simulatePhone({
    world: quietWorld,
    trace,
    cellular,
    wifi,
    heartbeat: new Pinger(fixedRule(seconds)),
    // The handset's radio model alone: the measurement's other costs were subtracted with its base.
    cpuWakeMj: 0,
  });
  const linkMj = run.energyMj - baselineEnergyMj(trace, cellular, wifi);
  return batteryPercent(loadBattery(nicholasBattery), linkMj / 1000) / 48;
}

/** A probe every 61 s to an idle phone: its round trip is a saw-tooth of the paging cycle. */
function sawTooth(): ValidationRow[] {
  const cellular = new RadioModel(loadRadioProfile('lte-modern'));
  const wifi = new RadioModel(loadRadioProfile('wifi-2012'));
  const trace = quietTrace('cellular', 48, 61_000);
  const points: { readonly atMs: number; readonly roundTripMs: number }[] = [];
  // The probes meet an idle radio unless the link itself had just spoken.
  let idleFromMs = 0;
  simulatePhone({
    world: quietWorld,
    trace,
    cellular,
    wifi,
    heartbeat: new Pinger(fixedRule(16_000)),
    onEvent: (nowMs, event, acceptedMs) => {
      if (event === 'beat' || event === 'connected') idleFromMs = nowMs + 20_000;
      if (event !== 'delivered' || nowMs < idleFromMs) return;
      const atMs = Number(acceptedMs);
      points.push({ atMs, roundTripMs: nowMs - atMs + cellular.roundTripMs / 2 });
    },
  });
  const times = points.map(({ roundTripMs }) => roundTripMs);
  return [
    row('idle round trip, least', 'ms', 350, Math.min(...times), 0.1, variegated),
    row('idle round trip, most', 'ms', 1640, Math.max(...times), 0.1, variegated),
    row('period of the idle round trip', 'ms', 1280, sawToothPeriodMs(points), 0.1, variegated),
  ];
}

/** The period under which neighbouring phases differ least: found by trial, not taken from the profile. */
function sawToothPeriodMs(points: readonly { readonly atMs: number; readonly roundTripMs: number }[]): number {
  let best = 0;
  let least = Infinity;
  for (let periodMs = 700; periodMs <= 2000; periodMs += 1) {
    const byPhase = points
      .map(({ atMs, roundTripMs }) => ({ phase: atMs % periodMs, roundTripMs }))
      .sort((a, b) => a.phase - b.phase);
    let roughness = 0;
    for (let at = 1; at < byPhase.length; at += 1) {
      roughness += Math.abs((byPhase[at]?.roundTripMs ?? 0) - (byPhase[at - 1]?.roundTripMs ?? 0));
    }
    if (roughness < least) {
      least = roughness;
      best = periodMs;
    }
  }
  return best;
}

/** Instants at which the radio falls, found by looking at it every millisecond. */
function timers(): ValidationRow[] {
  const fallsAt = (id: string, stage: string): number => {
    const radio = new Radio(new RadioModel(loadRadioProfile(id)), 0);
    const busyUntilMs = radio.occupy(0, 1000);
    let seen = false;
    for (let atMs = Math.ceil(busyUntilMs); atMs < busyUntilMs + 60_000; atMs += 1) {
      const now = radio.stageAt(atMs);
      if (now === stage) seen = true;
      else if (seen) return Math.round((atMs - busyUntilMs) / 100) * 100;
    }
    return NaN;
  };
  return [
    row('T-Mobile SA: connected until', 'ms', 10_200, fallsAt('5g-sa-tmobile', 'connected'), 0, variegated),
    row('T-Mobile SA: inactive until', 'ms', 15_000, fallsAt('5g-sa-tmobile', 'rrc-inactive'), 0, variegated),
    row('T-Mobile NSA low: connected until', 'ms', 10_200, fallsAt('5g-nsa-tmobile', 'connected'), 0, variegated),
    row('Verizon NSA mmWave: connected until', 'ms', 11_200, fallsAt('5g-nsa-mmwave', 'connected'), 0, variegated),
    row('Verizon NSA low: connected until', 'ms', 10_200, fallsAt('5g-nsa-verizon', 'connected'), 0, variegated),
    row('Verizon 4G: connected until', 'ms', 10_000, fallsAt('lte-modern-verizon', 'connected'), 0, variegated),
    row('T-Mobile 4G: connected until', 'ms', 5_000, fallsAt('lte-modern-tmobile', 'connected'), 0, variegated),
  ];
}

/** A phone that sends each minute to a server that never writes, behind a box that heeds packets down only. */
function middleboxes(): ValidationRow[] {
  const trace = quietTrace('cellular', 1);
  const attachments = trace.attachments.map((stay) => ({
    ...stay, timeoutMs: 360_000, refreshedBy: 'down' as const, resets: true,
  }));
  let connectedMs = NaN;
  let deadMs = NaN;
  simulatePhone({
    world: quietWorld,
    trace: { ...trace, attachments },
    cellular: new RadioModel(loadRadioProfile('lte-modern')),
    wifi: new RadioModel(loadRadioProfile('wifi-2012')),
    heartbeat: new Pinger(fixedRule(60)),
    gatewayAnswers: false,
    answerWaitMs: trace.endMs,
    onEvent: (nowMs, event) => {
      if (event === 'connected' && !(connectedMs >= 0)) connectedMs = nowMs;
      if (event === 'dead' && !(deadMs >= 0)) deadMs = nowMs;
    },
  });
  // It is found by the first send after the six minutes, and one goes each minute.
  const minutes = (deadMs - connectedMs) / 60_000;
  return [row('sends up each minute, nothing down: one fails after', 'min', 6, minutes, 1 / 6, uwebsockets)];
}

const quietWorld: World = parseWorld(
  JSON.stringify({
    id: 'quiet',
    title: 'Nothing else happens',
    description: 'One network that forgets nothing, no other traffic.',
    places: { here: { link: 'cellular', middlebox: 'patient' } },
    middleboxes: {
      patient: {
        timeouts: [{ weight: 1, seconds: 432_000 }],
        drawn: 'network',
        refresh: { bothShare: 1 },
        resetShare: 0,
        rebootsPerDay: 0,
      },
    },
    day: [{ place: 'here', startHour: 0 }],
    cellularReattachPerHour: 0,
    notifications: { perDay: 0, byHour: Array.from({ length: 24 }, () => 1), clusterSize: 1, bytes: 100 },
    background: { perHour: 0, visibleShare: 0, seconds: 1 },
    sessions: { perDay: 0, byHour: Array.from({ length: 24 }, () => 1), meanSeconds: 1, visibleShare: 0 },
    doze: { enabled: false, alarmSpacingSeconds: 0 },
    freshnessSeconds: 0,
  }),
  'quiet',
);

function quietTrace(link: 'cellular' | 'wifi', hours: number, probeEveryMs = 0): Trace {
  const endMs = hours * 3_600_000;
  const arrivals: { atMs: number; bytes: number }[] = [];
  for (let atMs = probeEveryMs; probeEveryMs > 0 && atMs < endMs; atMs += probeEveryMs) arrivals.push({ atMs, bytes: 32 });
  return {
    seed: 1,
    endMs,
    bursts: [],
    arrivals,
    attachments: [
      {
        startMs: 0, endMs, link, networkKey: 'here', timeoutMs: Infinity, refreshedBy: 'both', resets: false, rebootsMs: [],
      },
    ],
  };
}
