// The commands that an operator types, as processes: on a store that no gateway runs on, and against a running gateway.

import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';
import type { Test } from 'tap';

import { lowbeat, lowbeatJson, startGateway } from './processes.js';
import type { Finished } from './processes.js';

t.setTimeout(120_000);

/** Adds, lists and removes one of each kind; returns the secrets that were shown. */
async function story(t: Test, where: readonly string[]): Promise<string[]> {
  const ask = (...args: string[]) => lowbeatJson([...args, ...where]);
  const [user] = await ask('user', 'add', 'alice');
  t.match(user, { id: /^usr_/, name: 'alice' });
  const [device] = await ask('device', 'add', '--user', 'alice', '--name', 'phone');
  t.match(device, { id: /^dev_/, token: /^[\w-]{43}$/, user: 'alice', name: 'phone' });
  const [app] = await ask('app', 'add', 'chat');
  t.match(app, { id: /^app_/, secret: /^[\w-]{43}$/, name: 'chat' });
  const [grant] = await ask('grant', 'add', '--user', 'alice', '--app', app!.id!, '--scopes', 'notify,presence');
  t.match(grant, { uid: /^uid_/, user: 'alice', app: app!.id, scopes: ['notify', 'presence'] });
  const [again] = await ask('grant', 'add', '--user', 'alice', '--app', 'chat');
  t.match(again, { uid: grant!.uid, scopes: ['notify'] }, 'a second grant changes scopes and keeps the uid');

  const webhook = 'https://chat.example.org/presence';
  const [set] = await ask('app', 'webhook', 'chat', webhook);
  t.match(set, { id: app!.id, name: 'chat', webhook, webhookSecret: /^whsec_[A-Za-z0-9+/]{43}=$/ });
  t.match(await ask('app', 'list'), [{ name: 'chat', webhook }]);
  t.same(await ask('app', 'webhook', 'chat', '--off'), [{ id: app!.id, name: 'chat', webhook: null }]);

  const lists = await Promise.all(
    ['user', 'device', 'app', 'grant'].map((kind) => ask(kind, 'list')),
  );
  t.match(lists, [
    [{ id: user!.id, name: 'alice' }],
    [{ id: device!.id, user: 'alice', name: 'phone', minimumUrgency: 'very-low' }],
    [{ id: app!.id, name: 'chat' }],
    [{ uid: grant!.uid, user: 'alice', app: 'chat', scopes: ['notify'], paused: false }],
  ]);
  const shown = JSON.stringify(lists);
  t.notOk(shown.includes(device!.token!) || shown.includes(app!.secret!), 'a secret is shown once');

  t.same(await ask('grant', 'remove', grant!.uid!), [{ removed: grant!.uid }]);
  t.same(await ask('grant', 'list', '--user', 'alice'), []);
  t.same(await ask('device', 'remove', device!.id!), [{ removed: device!.id }]);
  t.same(await ask('app', 'remove', 'chat'), [{ removed: 'chat' }]);
  t.same(await ask('user', 'remove', 'alice'), [{ removed: 'alice' }]);
  t.same(await ask('user', 'list'), []);
  return [device!.token!, app!.secret!, set!['webhookSecret']!.slice('whsec_'.length)];
}

/** Where `text` stands in a file of the folder, as it is or in base64 or hex. */
function filesWith(folder: string, text: string): string[] {
  const forms = [text, Buffer.from(text).toString('base64').slice(0, 40), Buffer.from(text).toString('hex')];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const file = join(folder, name);
    if (!statSync(file).isFile()) return false;
    const content = readFileSync(file);
    return forms.some((form) => content.includes(form));
  });
}

/** The refusal that a person would see: its exit code and its only line. */
function refusal({ code, stdout, stderr }: Finished): { code: number | null; line: string } {
  return { code, line: stdout === '' ? stderr.trimEnd() : `unexpected output: ${stdout}` };
}

await t.test('without a gateway the commands open the store', async (t) => {
  const data = join(t.testdir(), 'data');
  const where = ['--data', data];
  t.match(refusal(await lowbeat(['user', 'list', ...where])), {
    code: 4,
    line: /^lowbeat: there is no data folder of a gateway at .*"lowbeat serve"/,
  });
  const secrets = await story(t, where);
  for (const secret of secrets) t.same(filesWith(data, secret), [], 'only hashes are kept');
  t.equal(statSync(data).mode & 0o777, 0o700, 'the folder is for its owner');

  t.match(refusal(await lowbeat(['send', 'uid_1', 'hello', ...where])), {
    code: 3,
    line: /^lowbeat: no gateway runs on the data folder .*start one with "lowbeat serve"/,
  });
});

await t.test('what a person reads is a table, and what to do next', async (t) => {
  const where = ['--data', join(t.testdir(), 'data')];
  const added = await lowbeat(['user', 'add', 'Renée Müller', ...where]);
  t.match(added.stdout, /^user {2}Renée Müller\nid {4}usr_\w+\n\nNext: lowbeat device add --user 'Renée Müller'\n$/);
  t.equal((await lowbeat(['grant', 'list', ...where])).stdout, 'There are no such grants; add one with "lowbeat grant add --user NAME --app NAME".\n');
  const device = await lowbeat(['device', 'add', '--user', 'Renée Müller', ...where]);
  t.match(device.stdout, /^device {2}dev_\w+\ntoken {3}\S{43}\n[^]*shown this once[^]*lowbeat device run --gateway/);
  const list = (await lowbeat(['device', 'list', ...where])).stdout.trimEnd().split('\n');
  t.match(list, [/^ID +USER +NAME +LETS THROUGH +PUSH SERVICE +ADDED$/, /^dev_\w+ +Renée Müller +device +very-low and above +- +\d{4}-\d\d-\d\d \d\d:\d\d$/]);
});

await t.test('a refusal is one line on standard error, with a code of the docs and a status', async (t) => {
  const data = join(t.testdir(), 'data');
  const where = ['--data', data];
  await lowbeatJson(['user', 'add', 'alice', ...where]);
  const cases: [string[], number, RegExp][] = [
    [['user', 'add', 'alice', ...where], 1, /^lowbeat: there is already a user named "alice".*\[name-taken\]$/],
    [['user', 'add', 'a/b', ...where], 1, /^lowbeat: name "a\/b": a name has 1 to 64 .*\[bad-name\]$/],
    [['device', 'add', '--user', 'bob', ...where], 1, /^lowbeat: there is no user "bob" \[unknown-user\]$/],
    [['device', 'remove', 'dev_0', ...where], 1, /^lowbeat: there is no device "dev_0" \[unknown-device\]$/],
    [
      ['grant', 'add', '--user', 'alice', '--app', 'chat', '--scopes', 'notify,all', ...where],
      1,
      /^lowbeat: unknown scope "all"; choose from notify, presence, presence\.idle \[bad-scopes\]$/,
    ],
    [['app', 'webhook', 'chat', 'http://chat.example.org/', ...where], 1, /^lowbeat: webhook: not an https URL; .* is right \[bad-webhook\]$/],
    [['app', 'webhook', 'chat', ...where], 2, /^lowbeat: lowbeat app webhook takes either a URL or --off$/],
    [['device', 'add', ...where], 2, /^lowbeat: required option '--user <user>' not specified$/],
    [['usr', 'add'], 2, /^lowbeat: unknown command 'usr' \(Did you mean user\?\)$/],
    [['user', 'list', '--jsn'], 2, /^lowbeat: unknown option '--jsn' \(Did you mean --json\?\)$/],
    [
      ['send', 'uid_1', 'x', '--ttl', '-1', ...where],
      2,
      /^lowbeat: --ttl is "-1": must be a whole number of seconds from 0 to 2419200 \[bad-option\]$/,
    ],
    [
      ['send', 'uid_1', 'x', '--urgency', 'now', ...where],
      2,
      /^lowbeat: --urgency is "now": must be one of very-low, low, normal, high \[bad-option\]$/,
    ],
    [
      ['user', 'list', '--gateway', 'localhost:8080', '--admin-token', 'x'],
      2,
      /^lowbeat: --gateway is "localhost:8080": must be an http or https URL/,
    ],
    [['user', 'list', '--gateway', 'http://localhost:1', ...where], 2, /^lowbeat: --gateway needs --admin-token/],
    [
      ['user', 'list', '--gateway', 'http://localhost:1', '--admin-token', 'x'],
      3,
      /^lowbeat: no gateway answers at http:\/\/localhost:1: /,
    ],
  ];
  for (const [args, code, line] of cases) {
    t.match(refusal(await lowbeat(args)), { code, line }, args.join(' '));
  }
  t.match(await lowbeat(['user', 'add', 'alice', '--json', ...where]), {
    code: 1,
    stdout: '',
    stderr: '{"code":"name-taken","message":"there is already a user named \\"alice\\"; choose another name"}\n',
  });
  t.match(await lowbeat(['user', 'ad', '--json']), {
    code: 2,
    stderr: '{"code":"usage","message":"unknown command \'ad\' (Did you mean add?)"}\n',
  });
  const mistaken = await lowbeat(['user', 'list'], { env: { LOWBEAT_DATTA: 'x' } });
  t.match(refusal(mistaken), { code: 2, line: /LOWBEAT_DATTA is not a variable.*did you mean LOWBEAT_DATA\?/ });
});

await t.test('against a running gateway the commands use its admin API', async (t) => {
  const data = join(t.testdir(), 'data');
  const gateway = await startGateway(data);
  t.teardown(() => gateway.end('SIGKILL'));
  const where = ['--data', data];
  const secrets = await story(t, where);
  for (const secret of secrets) t.same(filesWith(data, secret), [], 'only hashes are kept');
  t.equal(statSync(join(data, 'admin-token')).mode & 0o777, 0o600);
  const adminToken = readFileSync(join(data, 'admin-token'), 'utf8').trim();

  await t.test('from another place, by URL and token', async (t) => {
    const url = `http://127.0.0.1:${gateway.ports.httpPort}/`;
    const env = { LOWBEAT_GATEWAY: url, LOWBEAT_ADMIN_TOKEN: adminToken };
    const [user] = await lowbeatJson(['user', 'add', 'bob'], { env });
    t.match(await lowbeatJson(['user', 'list', ...where]), [{ id: user!.id, name: 'bob' }]);
    t.match(refusal(await lowbeat(['user', 'add', 'bob'], { env })), { code: 1, line: /\[name-taken\]$/ });
    const wrong = await lowbeat(['user', 'list', '--gateway', url, '--admin-token', 'x'.repeat(43)]);
    t.match(refusal(wrong), { code: 3, line: /^lowbeat: the gateway at .* does not know this admin token.*\[unauthorized\]$/ });
    const other = await lowbeat(['user', 'list', '--gateway', `${url}x`, '--admin-token', adminToken]);
    t.match(refusal(other), { code: 1, line: /\[not-found\]$/ });
  });

  await t.test('send and watch', async (t) => {
    await lowbeatJson(['device', 'add', '--user', 'bob', ...where]);
    await lowbeatJson(['app', 'add', 'mail', ...where]);
    const [grant] = await lowbeatJson(['grant', 'add', '--user', 'bob', '--app', 'mail', ...where]);
    const sent = await lowbeatJson(['send', grant!.uid!, 'hello', '--urgency', 'high', '--ttl', '60', '--topic', 'x', ...where]);
    t.same(sent, [{ accepted: true, uid: grant!.uid }]);
    t.match(refusal(await lowbeat(['send', 'uid_0', 'hello', ...where])), { code: 1, line: /\[unknown-destination\]$/ });
    t.match(refusal(await lowbeat(['send', grant!.uid!, 'x'.repeat(4097), ...where])), { code: 1, line: /4096.*\[payload-too-large\]$/ });
    const looks = await lowbeatJson(['watch', '--every', '0.1', '--count', '2', ...where]);
    t.match(looks, [{ ready: true, links: 0, appConnections: 0 }, { ready: true }]);
    const text = await lowbeat(['watch', '--every', '0.1', '--count', '1', ...where]);
    t.match(text.stdout, /^TIME +LINKS +APPS +WAITING .*\n\d\d:\d\d:\d\d +0 +0 /);
  });

  await t.test('backup and restore', async (t) => {
    const folder = t.testdir();
    const file = join(folder, 'lowbeat.backup');
    const [backup] = await lowbeatJson(['backup', file, ...where]);
    t.match(backup, { file, bytes: statSync(file).size });
    t.equal(statSync(file).mode & 0o777, 0o600);
    t.match(refusal(await lowbeat(['backup', file, ...where])), { code: 4, line: /lowbeat\.backup is there already.*\[BACKUP_IN_THE_WAY\]$/ });
    const fresh = ['--data', join(folder, 'fresh')];
    t.match(await lowbeatJson(['restore', file, ...fresh]), [{ file, records: Number }]);
    t.match(await lowbeatJson(['user', 'list', ...fresh]), [{ name: 'bob' }]);
    t.match(refusal(await lowbeat(['restore', file, ...fresh])), { code: 4, line: /empty folder.*\[BACKUP_IN_THE_WAY\]$/ });
    t.match(refusal(await lowbeat(['restore', file, ...where])), { code: 4, line: /\[BACKUP_IN_THE_WAY\]$/ });

    const damaged = join(folder, 'damaged.backup');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(damaged, bytes);
    const third = ['--data', join(folder, 'third')];
    t.match(refusal(await lowbeat(['restore', damaged, ...third])), { code: 4, line: /\[BACKUP_DAMAGED\]$/ });
    writeFileSync(damaged, readFileSync(file).subarray(0, -20));
    t.match(refusal(await lowbeat(['restore', damaged, ...third])), { code: 4, line: /\[BACKUP_DAMAGED\]$/ });
    t.match(await lowbeatJson(['restore', file, ...third]), [{ file }], 'a failed restore leaves nothing behind');

    // Without a gateway the same is read from the store.
    const second = join(folder, 'second.backup');
    await lowbeatJson(['backup', second, ...fresh]);
    t.equal(statSync(second).size, statSync(file).size);
  });

  await t.test('what a killed gateway leaves behind does not mislead', async (t) => {
    await gateway.end('SIGKILL');
    t.match(readFileSync(join(data, 'gateway.json'), 'utf8'), /"pid"/);
    t.match(await lowbeatJson(['user', 'list', ...where]), [{ name: 'bob' }], 'the store is opened');
    t.match(refusal(await lowbeat(['send', 'uid_0', 'hello', ...where])), { code: 3 });
  });
});
