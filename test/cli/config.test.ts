import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { loadConfig } from '../../src/cli/config.js';
import { CommandFailure, failureText } from '../../src/cli/failure.js';
import { settings, settingsSchema } from '../../src/cli/settings.js';
import { suggestion } from '../../src/cli/suggestion.js';

/** What a person at the terminal would read, one entry a line. */
function mistakesOf(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return failureText(error, 'text').trimEnd().split('\n');
  }
  return [];
}

await t.test('with nothing given every setting has its default', (t) => {
  t.match(loadConfig({ flags: {}, environment: { PATH: '/bin' } }), {
    data: join(process.cwd(), 'data'),
    host: '0.0.0.0',
    mqttPort: 1883,
    httpPort: 8080,
    mqttsPort: undefined,
    tlsCert: undefined,
    appRegistration: 'operator',
    holdSeconds: 3600,
    proxyProtocol: false,
    logLevel: 'info',
    logFormat: 'auto',
  });
  t.end();
});

await t.test('flags win over environment, environment over file, file over defaults', (t) => {
  const folder = t.testdir({
    'lowbeat.json': JSON.stringify({ mqttPort: 1, httpPort: 2, holdSeconds: 3, proxyProtocol: true }),
  });
  const config = loadConfig({
    flags: { mqttPort: '100' },
    environment: { LOWBEAT_MQTT_PORT: '10', LOWBEAT_HTTP_PORT: '20', LOWBEAT_CONFIG: '/nowhere' },
    configFile: join(folder, 'lowbeat.json'),
  });
  t.match(config, { mqttPort: 100, httpPort: 20, holdSeconds: 3, proxyProtocol: true, logLevel: 'info' });
  t.end();
});

await t.test('every setting is read from each of the three sources', (t) => {
  const samples: Record<string, string | number | boolean> = {
    data: '/d', host: '127.0.0.1', mqttPort: 5, httpPort: 6, mqttsPort: 7, httpsPort: 8, tlsCert: '/c',
    tlsKey: '/k', publicUrl: 'https://push.example.org', contact: 'mailto:admin@example.org',
    allowOutgoing: 'https://push.internal:8443, 10.0.0.0/8', appRegistration: 'users', holdSeconds: 9, fleetLearning: 'off', maxConnections: 10,
    presenceDelaySeconds: 30, windowJitterMinutes: 20,
    proxyProtocol: true, trustedProxies: '10.0.0.0/8, ::1', logLevel: 'debug', logFormat: 'json',
  };
  t.same(Object.keys(samples).sort(), settings.map(({ name }) => name).sort(), 'the table is all of them');
  const file = join(t.testdir(), 'config.json');
  writeFileSync(file, JSON.stringify(samples));
  const texts = settings.map(({ name, variable }) => [name, variable, samples[name]!] as const);

  t.same(loadConfig({ flags: {}, environment: {}, configFile: file }), samples, 'file');
  t.same(loadConfig({ flags: {}, environment: { LOWBEAT_CONFIG: file } }), samples, 'file by variable');
  const environment = Object.fromEntries(texts.map(([, variable, value]) => [variable, String(value)]));
  t.same(loadConfig({ flags: {}, environment }), samples, 'environment');
  const flags = Object.fromEntries(
    texts.map(([name, , value]) => [name, typeof value === 'number' ? String(value) : value]),
  );
  t.same(loadConfig({ flags, environment: {} }), samples, 'flags');
  t.end();
});

await t.test('a path in the file is taken from the folder of the file', (t) => {
  const folder = t.testdir({ 'lowbeat.json': '{"data": "kept", "tlsCert": "a.pem", "tlsKey": "/b.pem"}' });
  t.match(loadConfig({ flags: {}, environment: {}, configFile: join(folder, 'lowbeat.json') }), {
    data: join(folder, 'kept'),
    tlsCert: join(folder, 'a.pem'),
    tlsKey: '/b.pem',
  });
  t.end();
});

await t.test('a mistake names the key, where it came from, the value and what is allowed', (t) => {
  const folder = t.testdir();
  const inFile = (content: string) => {
    const file = join(folder, 'config.json');
    writeFileSync(file, content);
    return mistakesOf(() => loadConfig({ flags: {}, environment: {}, configFile: file })).map((line) =>
      line.replace(file, 'FILE'),
    );
  };
  const inVariable = (variable: string, value: string) =>
    mistakesOf(() => loadConfig({ flags: {}, environment: { [variable]: value } }));
  const inFlags = (flags: Record<string, string>) => mistakesOf(() => loadConfig({ flags, environment: {} }));

  const portRange = 'a whole number from 0 to 65535; 0 picks a free one [bad-setting]';
  const cases: [string[], string[]][] = [
    [inVariable('LOWBEAT_MQTT_PORT', 'abc'), [`lowbeat: LOWBEAT_MQTT_PORT is "abc": must be ${portRange}`]],
    [inFlags({ mqttPort: '65536' }), [`lowbeat: --mqtt-port is 65536: must be ${portRange}`]],
    [inFlags({ mqttPort: '-1' }), [`lowbeat: --mqtt-port is -1: must be ${portRange}`]],
    [inFlags({ mqttPort: '1.5' }), [`lowbeat: --mqtt-port is 1.5: must be ${portRange}`]],
    [inFlags({ mqttPort: '' }), [`lowbeat: --mqtt-port is "": must be ${portRange}`]],
    [inFile('{"mqttPort": "1883"}'), [`lowbeat: mqttPort in FILE is "1883": must be ${portRange}`]],
    [
      inFile('{"proxyProtocol": "yes"}'),
      ['lowbeat: proxyProtocol in FILE is "yes": must be true or false [bad-setting]'],
    ],
    [
      inVariable('LOWBEAT_PROXY_PROTOCOL', '1'),
      ['lowbeat: LOWBEAT_PROXY_PROTOCOL is "1": must be true or false [bad-setting]'],
    ],
    [
      inVariable('LOWBEAT_LOG_LEVEL', 'chatty'),
      ['lowbeat: LOWBEAT_LOG_LEVEL is "chatty": must be one of debug, info, warn, error [bad-setting]'],
    ],
    [
      inVariable('LOWBEAT_PUBLIC_URL', 'push.example.org'),
      [
        'lowbeat: LOWBEAT_PUBLIC_URL is "push.example.org": ' +
          'must be an http or https URL without query, such as https://push.example.org [bad-setting]',
      ],
    ],
    [
      inFlags({ host: 'not a host' }),
      ['lowbeat: --host is "not a host": must be an IP address or a host name of this machine [bad-setting]'],
    ],
    [
      inFlags({ tlsCert: 'cert.pem' }),
      [
        'lowbeat: tlsKey must be given with tlsCert ' +
          '(--tls-key, LOWBEAT_TLS_KEY or tlsKey in the file) [bad-setting]',
      ],
    ],
    [
      inFlags({ httpsPort: '8443' }),
      [
        'lowbeat: tlsCert and tlsKey must be given with httpsPort ' +
          '(--tls-cert, LOWBEAT_TLS_CERT or tlsCert in the file) [bad-setting]',
      ],
    ],
    [
      inFile('{"mqtPort": 1}'),
      ['lowbeat: mqtPort in FILE is not a setting; did you mean mqttPort? [bad-setting]'],
    ],
    [inFile('{"colour": 1}'), ['lowbeat: colour in FILE is not a setting [bad-setting]']],
    [
      inVariable('LOWBEAT_MQTTPORT', '1'),
      [
        'lowbeat: LOWBEAT_MQTTPORT is not a variable that lowbeat reads; ' +
          'did you mean LOWBEAT_MQTT_PORT? [bad-setting]',
      ],
    ],
    [
      inFile('[]'),
      [
        'lowbeat: configuration file FILE must hold one JSON object, ' +
          'such as {"mqttPort": 1883} [bad-setting]',
      ],
    ],
    [
      inFile('{"mqttPort": -5, "logLevel": 3}'),
      [
        `lowbeat: mqttPort in FILE is -5: must be ${portRange}`,
        'lowbeat: logLevel in FILE is 3: must be one of debug, info, warn, error [bad-setting]',
      ],
    ],
  ];
  for (const [lines, expected] of cases) t.same(lines, expected, expected.join());
  t.match(inFile('{"mqttPort": '), [/^lowbeat: configuration file FILE is not JSON: .+ \[bad-setting\]$/]);
  t.match(
    mistakesOf(() => loadConfig({ flags: {}, environment: {}, configFile: join(folder, 'absent.json') })),
    [/absent\.json cannot be read: ENOENT/],
  );
  t.end();
});

await t.test('variables that a container platform sets for a service called lowbeat are passed over', (t) => {
  const environment = {
    LOWBEAT_SERVICE_HOST: '10.0.0.1',
    LOWBEAT_SERVICE_PORT: '1883',
    LOWBEAT_SERVICE_PORT_MQTT: '1883',
    LOWBEAT_PORT: 'tcp://10.0.0.1:1883',
    LOWBEAT_PORT_1883_TCP: 'tcp://10.0.0.1:1883',
    LOWBEAT_PORT_1883_TCP_ADDR: '10.0.0.1',
    LOWBEAT_HTTP_PORT: '',
    // Those of other parts of the program.
    LOWBEAT_DEVICE_TOKEN: 'x',
    LOWBEAT_APP: 'chat',
    LOWBEAT_ID: '7',
  };
  t.match(loadConfig({ flags: {}, environment }), { mqttPort: 1883, httpPort: 8080 });
  t.end();
});

await t.test('names follow from one another and defaults satisfy the schema', (t) => {
  for (const { name, flag, variable, about, allowed } of settings) {
    t.match(flag, /^--[a-z]+(-[a-z]+)*$/, name);
    t.equal(variable, `LOWBEAT_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`);
    t.ok(about.length > 10 && allowed.length > 3);
  }
  t.ok(settingsSchema.safeParse({}).success);
  t.end();
});

await t.test('a suggestion is near, or there is none', (t) => {
  t.equal(suggestion('mqttport', ['httpPort', 'mqttPort']), 'mqttPort');
  t.equal(suggestion('logLvl', ['logLevel', 'logFormat']), 'logLevel');
  t.equal(suggestion('banana', ['logLevel', 'logFormat']), undefined);
  t.end();
});
