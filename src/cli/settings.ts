// What the gateway can be told: one table. Schema, flags, help and documentation follow from it.

import * as z from 'zod';

import { limits } from '../core/limits.js';
import { allowanceProblem } from '../outgoing/fence.js';

export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  readonly about: string;
  /** Completes "must be …". */
  readonly allowed: string;
  /** What stands for the value in help; absent for a flag that takes none. */
  readonly placeholder?: string;
  /** A path in the file is taken from the file's folder, elsewhere from the working directory. */
  readonly isPath?: true;
  /** Separated by commas; its flag may be given several times. */
  readonly isList?: true;
}

const outgoingAllowed = 'https or http origins, addresses and networks, such as https://push.internal:8443,10.0.0.0/8';

const networksAllowed = 'IP addresses and networks such as 10.0.0.0/8';
const networks = z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).max(limits.trustedProxies);

/** By the name a setting has in the file; its flag and its variable follow from that. */
const table = {
  data: path('folder for everything the gateway keeps', 'DIR', (path) => path.default('./data')),
  host: {
    schema: z.union([z.ipv4(), z.ipv6(), z.hostname()]).default('0.0.0.0'),
    about: 'address to listen on; :: for IPv6 and IPv4 both',
    allowed: 'an IP address or a host name of this machine',
    placeholder: 'ADDRESS',
  },
  mqttPort: port('port for MQTT over TCP', (port) => port.default(1883)),
  httpPort: port('port for HTTP and MQTT over WebSocket', (port) => port.default(8080)),
  mqttsPort: port('port for MQTT over TLS; off unless given', (port) => port.optional()),
  httpsPort: port('port for HTTPS and MQTT over secure WebSocket; off unless given', (port) =>
    port.optional(),
  ),
  tlsCert: path('certificate chain, PEM; read again when it changes', 'FILE', (path) => path.optional()),
  tlsKey: path('private key, PEM; read again when it changes', 'FILE', (path) => path.optional()),
  publicUrl: {
    schema: z.url({ protocol: /^https?$/ }).regex(/^[^?#@]*$/).optional(),
    about: 'how the HTTP side is reached from outside; the Web Push endpoints that devices hand out begin with it',
    allowed: 'an http or https URL without query, such as https://push.example.org',
    placeholder: 'URL',
  },
  contact: {
    schema: z.string().regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/).max(limits.urlCharacters).optional(),
    about: 'where operators of push services reach you, who are told it with each message for a device without a link',
    allowed: 'a mailto: or https: URL, such as mailto:admin@example.org',
    placeholder: 'URL',
  },
  allowOutgoing: {
    schema: z.string().refine((text) => listOf(text).every((part) => allowanceProblem(part) === undefined), {
      error: `must be ${outgoingAllowed}`,
    }).optional(),
    about: 'where requests of the gateway may go besides public https addresses, separated by commas',
    allowed: outgoingAllowed,
    placeholder: 'LIST',
    isList: true,
  },
  appRegistration: {
    ...choice(['operator', 'users'], (who) => who.default('operator')),
    about: 'who registers apps: the operator alone, or every user with an account too',
    placeholder: 'WHO',
  },
  holdSeconds: {
    ...wholeNumber(0, limits.ttlSeconds, (number) => number.default(limits.holdMs / 1000)),
    about: 'longest that an unhurried notification waits for a moment the radio is on anyway',
    placeholder: 'SECONDS',
  },
  fleetLearning: {
    ...choice(['on', 'off'], (learning) => learning.default('on')),
    about: 'share among devices, by hashes, how long a network keeps a silent link',
    placeholder: 'ON|OFF',
  },
  presenceDelaySeconds: {
    ...wholeNumber(0, limits.presenceDelaySeconds, (number) => number.default(0)),
    about: 'longest that an app hears of a change of presence later, each by a time of its own; what a user hides is hidden at once',
    placeholder: 'SECONDS',
  },
  windowJitterMinutes: {
    ...wholeNumber(0, limits.windowJitterMinutes, (number) => number.default(0)),
    about: 'farthest that windows open later and close earlier, each time by another part of it',
    placeholder: 'MINUTES',
  },
  maxConnections: {
    ...wholeNumber(1, 10_000_000, (number) => number.default(limits.connections)),
    about: 'connections at a time; further ones are refused',
    placeholder: 'NUMBER',
  },
  proxyProtocol: {
    schema: z.boolean().default(false),
    about: 'MQTT connections begin with a PROXY protocol header (v1 or v2), as a load balancer sends it',
    allowed: 'true or false',
  },
  trustedProxies: {
    schema: z.string().refine((text) => networks.safeParse(listOf(text)).success, {
      error: `must be ${networksAllowed}`,
    }).optional(),
    about: 'reverse proxies whose X-Forwarded-For tells the address of an HTTP client, separated by commas; from others it is passed over',
    allowed: networksAllowed,
    placeholder: 'LIST',
    isList: true,
  },
  logLevel: {
    ...choice(['debug', 'info', 'warn', 'error'], (level) => level.default('info')),
    about: 'least important lines to log',
    placeholder: 'LEVEL',
  },
  logFormat: {
    ...choice(['auto', 'json', 'text'], (format) => format.default('auto')),
    about: 'JSON lines or text for people; auto is text on a terminal and JSON elsewhere',
    placeholder: 'FORMAT',
  },
} satisfies Record<string, Setting>;

type Table = typeof table;
export type SettingName = keyof Table;

export const settingsSchema = z
  .strictObject(
    Object.fromEntries(Object.entries(table).map(([name, { schema }]) => [name, schema])) as {
      [Name in SettingName]: Table[Name]['schema'];
    },
  )
  .check((context) => {
    const { tlsCert, tlsKey, mqttsPort, httpsPort } = context.value;
    const demand = (name: SettingName, message: string) =>
      context.issues.push({ code: 'custom', path: [name], message, input: undefined });
    if (tlsCert !== undefined && tlsKey === undefined) demand('tlsKey', 'must be given with tlsCert');
    else if (tlsKey !== undefined && tlsCert === undefined) demand('tlsCert', 'must be given with tlsKey');
    else if (tlsCert === undefined && (mqttsPort ?? httpsPort) !== undefined) {
      const wanting = mqttsPort !== undefined ? 'mqttsPort' : 'httpsPort';
      demand('tlsCert', `and tlsKey must be given with ${wanting}`);
    }
  });

export type Settings = z.output<typeof settingsSchema>;

export interface SettingDescription extends Setting {
  readonly name: SettingName;
  /** `--mqtt-port`. */
  readonly flag: string;
  /** `LOWBEAT_MQTT_PORT`. */
  readonly variable: string;
  readonly default: string | number | boolean | undefined;
}

/** One entry a setting, in the order of the table: for flags, help and documentation. */
export const settings: readonly SettingDescription[] = Object.entries<Setting>(table).map(
  ([name, setting]) => {
    const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return {
      ...setting,
      name: name as SettingName,
      flag: `--${words}`,
      variable: `LOWBEAT_${words.replaceAll('-', '_').toUpperCase()}`,
      default: z.union([z.string(), z.number(), z.boolean()]).optional().parse(
        setting.schema instanceof z.ZodDefault ? setting.schema.def.defaultValue : undefined,
      ),
    };
  },
);

export function settingNamed(name: SettingName): SettingDescription {
  const setting = settings.find((candidate) => candidate.name === name);
  if (setting === undefined) throw new Error(`there is no setting ${name}`);
  return setting;
}

/** The parts of a setting that is a list. */
export function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
}

// --- pieces of the table ----------------------------------------------------------------------------

type Wrap<Inner, Schema extends z.ZodType> = (inner: Inner) => Schema;

function wholeNumber<Schema extends z.ZodType>(from: number, to: number, wrap: Wrap<z.ZodInt, Schema>) {
  return { schema: wrap(z.int().min(from).max(to)), allowed: `a whole number from ${from} to ${to}` };
}

function port<Schema extends z.ZodType>(about: string, wrap: Wrap<z.ZodInt, Schema>) {
  const { schema, allowed } = wholeNumber(0, 65_535, wrap);
  return { schema, about, allowed: `${allowed}; 0 picks a free one`, placeholder: 'PORT' };
}

function path<Schema extends z.ZodType>(about: string, placeholder: string, wrap: Wrap<z.ZodString, Schema>) {
  const schema = wrap(z.string().min(1).regex(/^[^\0]*$/));
  return { schema, about, allowed: 'a path', placeholder, isPath: true as const };
}

function choice<const Choice extends string, Schema extends z.ZodType>(
  choices: readonly Choice[],
  wrap: Wrap<z.ZodEnum<Record<Choice, Choice>>, Schema>,
) {
  const record = Object.fromEntries(choices.map((one) => [one, one])) as Record<Choice, Choice>;
  return { schema: wrap(z.enum(record)), allowed: `one of ${choices.join(', ')}` };
}
