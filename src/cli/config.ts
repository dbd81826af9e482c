// The gateway's settings, read from flags, environment (`LOWBEAT_…`) and a JSON file, in that precedence.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import * as z from 'zod';

import { CommandFailure } from './failure.js';
import { settings, settingsSchema } from './settings.js';
import type { SettingDescription, SettingName, Settings } from './settings.js';
import { suggestion } from './suggestion.js';

/** Variables of the environment that are not settings of the gateway but read elsewhere. */
export const otherVariables = {
  config: 'LOWBEAT_CONFIG',
  gateway: 'LOWBEAT_GATEWAY',
  adminToken: 'LOWBEAT_ADMIN_TOKEN',
  deviceToken: 'LOWBEAT_DEVICE_TOKEN',
  // What `device run --exec` tells its command, which may call this program again.
  app: 'LOWBEAT_APP',
  id: 'LOWBEAT_ID',
  // Of tests and benchmarks.
  seed: 'LOWBEAT_SEED',
  runs: 'LOWBEAT_RUNS',
} as const;

export interface ConfigSources {
  /** By setting name, as the command line gave them. */
  readonly flags: Readonly<Partial<Record<SettingName, string | boolean>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--config`; LOWBEAT_CONFIG stands in for it. */
  readonly configFile?: string;
}

interface Given {
  readonly value: unknown;
  /** How the person wrote it: `--mqtt-port`, `LOWBEAT_MQTT_PORT`, `mqttPort in lowbeat.json`. */
  readonly origin: string;
}

/** Throws CommandFailure with one line for each mistake. */
export function loadConfig(sources: ConfigSources): Settings {
  const mistakes: string[] = [];
  const configFile = sources.configFile ?? sources.environment[otherVariables.config];
  const given = new Map<string, Given>([
    ...(configFile ? fromFile(configFile, mistakes) : []),
    ...fromEnvironment(sources.environment, mistakes),
    ...fromFlags(sources.flags),
  ]);
  const parsed = settingsSchema.safeParse(
    Object.fromEntries([...given].map(([name, { value }]) => [name, value])),
  );
  const wrong = new Set<string>();
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (wrong.has(name)) continue;
    wrong.add(name);
    mistakes.push(mistake(name, given.get(name), issue));
  }
  if (mistakes.length > 0 || !parsed.success) {
    throw new CommandFailure(mistakes.join('\n'), { exit: 'usage', code: 'bad-setting' });
  }
  const { data, tlsCert, tlsKey } = parsed.data;
  return {
    ...parsed.data,
    data: resolve(data),
    ...(tlsCert !== undefined && { tlsCert: resolve(tlsCert) }),
    ...(tlsKey !== undefined && { tlsKey: resolve(tlsKey) }),
  };
}

function mistake(name: string, given: Given | undefined, issue: z.core.$ZodIssue): string {
  const setting = settings.find((candidate) => candidate.name === name);
  if (given === undefined) {
    // Only the demands between settings complain of what was not given.
    return `${name} ${issue.message} (${setting?.flag}, ${setting?.variable} or ${name} in the file)`;
  }
  const rule = issue.code === 'custom' ? issue.message : `must be ${setting?.allowed}`;
  return `${given.origin} is ${JSON.stringify(given.value)}: ${rule}`;
}

// --- sources --------------------------------------------------------------------------------------

function* fromFile(file: string, mistakes: string[]): Generator<[string, Given]> {
  const known = new Map(settings.map((setting) => [setting.name as string, setting]));
  for (const [key, value] of Object.entries(readConfigFile(file))) {
    const setting = known.get(key);
    if (setting === undefined) {
      mistakes.push(`${key} in ${file} is not a setting${didYouMean(key, known.keys())}`);
    } else {
      const fromFolder = setting.isPath === true && typeof value === 'string';
      yield [key, { value: fromFolder ? resolve(dirname(file), value) : value, origin: `${key} in ${file}` }];
    }
  }
}

function readConfigFile(file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const what = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new CommandFailure(`configuration file ${file} ${what}: ${why}`, {
      exit: 'usage',
      code: 'bad-setting',
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandFailure(
      `configuration file ${file} must hold one JSON object, such as {"mqttPort": 1883}`,
      { exit: 'usage', code: 'bad-setting' },
    );
  }
  return value;
}

function* fromEnvironment(
  environment: ConfigSources['environment'],
  mistakes: string[],
): Generator<[string, Given]> {
  const known = new Map(settings.map((setting) => [setting.variable, setting]));
  const others = new Set<string>(Object.values(otherVariables));
  for (const [variable, value] of Object.entries(environment)) {
    // An empty variable is how compose files and unit files say "not set".
    if (!variable.startsWith('LOWBEAT_') || value === undefined || value === '') continue;
    const setting = known.get(variable);
    if (setting !== undefined) {
      yield [setting.name, { value: typed(setting, value), origin: variable }];
    } else if (!others.has(variable) && !isServiceLink(variable, value)) {
      const near = didYouMean(variable, [...known.keys(), ...others]);
      mistakes.push(`${variable} is not a variable that lowbeat reads${near}`);
    }
  }
}

function* fromFlags(flags: ConfigSources['flags']): Generator<[string, Given]> {
  for (const setting of settings) {
    const value = flags[setting.name];
    if (value !== undefined) yield [setting.name, { value: typed(setting, value), origin: setting.flag }];
  }
}

/** Text from a flag or a variable as the type that its setting has, where it reads as one; else as it is. */
function typed(setting: SettingDescription, value: string | boolean): unknown {
  const schema = withoutDefault(setting.schema);
  if (typeof value === 'string' && schema instanceof z.ZodNumber && /^-?\d+(\.\d+)?$/.test(value)) {
    return Number(value);
  }
  if (schema instanceof z.ZodBoolean && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

/**
 * Whether a container platform set it: for a service called "lowbeat", Kubernetes and Docker links add LOWBEAT_SERVICE_HOST,
 * LOWBEAT_PORT=tcp://…, LOWBEAT_PORT_1883_TCP_ADDR and their like to every container.
 */
function isServiceLink(variable: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/.test(variable) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?$/.test(variable) ||
    (variable.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))
  );
}

function didYouMean(word: string, known: Iterable<string>): string {
  const near = suggestion(word, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

function withoutDefault(schema: z.ZodType): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}
