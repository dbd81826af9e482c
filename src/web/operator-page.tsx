import { Fragment } from 'preact';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { ask } from './api.js';
import { Field, Form, span, wordsOf } from './parts.js';

interface Summary {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly links: number;
  readonly appConnections: number;
  readonly unready: readonly string[];
  readonly listening: readonly { readonly name: string; readonly url: string }[];
  readonly store?: { readonly users: number; readonly devices: number; readonly apps: number; readonly waitingNotifications: number };
}

interface Named {
  readonly id: string;
  readonly name: string;
}

export function OperatorPage(): JSX.Element {
  const [summary, setSummary] = useState<Summary>();
  const [users, setUsers] = useState<readonly Named[]>([]);
  const [apps, setApps] = useState<readonly Named[]>([]);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const load = async (): Promise<void> => {
      setSummary(await ask('GET', '/operator/summary'));
      setUsers((await ask<{ readonly items: readonly Named[] }>('GET', '/operator/users?limit=100')).items);
      setApps((await ask<{ readonly items: readonly Named[] }>('GET', '/operator/apps?limit=100')).items);
    };
    load().catch((error: unknown) => setProblem(wordsOf(error)));
  }, []);
  return <>
    <h1>This gateway</h1>
    {problem === undefined ? null : <p class="problem" role="alert">{problem}</p>}
    {summary === undefined ? <p class="waiting">Loading…</p> : (
      <dl>
        <dt>State</dt><dd>{summary.unready.length === 0 ? 'ready' : summary.unready.join(', ')}</dd>
        <dt>Version, running for</dt><dd>{summary.version}, {span(summary.uptimeSeconds)}</dd>
        {summary.listening.map(({ name, url }) => <Fragment key={url}><dt>{name}</dt><dd><code>{url}</code></dd></Fragment>)}
        <dt>Devices connected</dt><dd>{summary.links} of {summary.store?.devices ?? '?'}</dd>
        <dt>App servers connected</dt><dd>{summary.appConnections} of {summary.store?.apps ?? '?'}</dd>
        <dt>Notifications waiting</dt><dd>{summary.store?.waitingNotifications ?? '?'}</dd>
      </dl>
    )}
    <Invite />
    <h2>Users</h2>
    <ul>{users.map(({ id, name }) => <li key={id}>{name}</li>)}</ul>
    <h2>Apps</h2>
    <ul>{apps.map(({ id, name }) => <li key={id}>{name} <code>{id}</code></li>)}</ul>
  </>;
}

function Invite(): JSX.Element {
  const [user, setUser] = useState('');
  const [operator, setOperator] = useState(false);
  const [link, setLink] = useState<string>();
  return (
    <section>
      <h2>Invite somebody</h2>
      <Form submit="Make a link" onSubmit={async () => {
        const { url } = await ask<{ readonly url: string }>('POST', '/operator/invitations', { operator, ...(user !== '' && { user }) });
        setLink(url);
      }}>
        <Field label="For the account of" hint="leave it empty for somebody new" value={user} autocomplete="off" onInput={(event) => setUser(event.currentTarget.value)} />
        <label class="choice"><input type="checkbox" checked={operator} onChange={(event) => setOperator(event.currentTarget.checked)} /> as an operator of this gateway</label>
      </Form>
      {link === undefined ? null : <div class="secret" role="status"><p>Send this link to them and to nobody else. It works once:</p><code>{link}</code></div>}
    </section>
  );
}
