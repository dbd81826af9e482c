// Who is measured: each subject is a process of its own, with devices and app servers that it knows.

/** A device as its subject knows it, and what it does after CONNECT. */
export interface DeviceCredential {
  readonly id: string;
  readonly token: string;
  /** Subscribed to with QoS 1; absent: a Lowbeat device, which subscribes to nothing. */
  readonly filter?: string;
}

export interface AppCredential {
  readonly id: string;
  readonly secret: string;
}

/** By which an app server reaches a device. */
export interface Destination {
  /** Index of the app that may publish there. */
  readonly app: number;
  readonly topic: string;
}

/** Written to a file, from which processes that make load read it. */
export interface Population {
  readonly devices: readonly DeviceCredential[];
  readonly apps: readonly AppCredential[];
  /** One for each device, in their order. */
  readonly destinations: readonly Destination[];
}

export interface StartOptions {
  /** Empty, and its own. */
  readonly folder: string;
  readonly devices: number;
  readonly apps: number;
  readonly tls: boolean;
  readonly seed: number;
  /** For `node`, where it is one: `--cpu-prof` and the like. */
  readonly nodeOptions?: readonly string[];
}

export interface RunningSubject {
  readonly name: string;
  readonly pid: number;
  /** MQTT, over TLS if that was asked for. */
  readonly port: number;
  /** Of Lowbeat. */
  readonly httpPort?: number;
  readonly tls: boolean;
  readonly populationFile: string;
  readonly population: Population;
  /** Absent where there is no garbage. */
  readonly collect?: () => Promise<void>;
  stop(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  start(options: StartOptions): Promise<RunningSubject>;
}
