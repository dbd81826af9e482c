// Apps that the user has registered, for who writes one. Most users have none: where they may not, nothing is shown.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { ask } from './api.js';
import { Confirm, Field, Form } from './parts.js';

interface OwnApp {
  readonly id: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly domain?: string;
  readonly deactivated: boolean;
}

export function OwnApps(): JSX.Element | null {
  const [own, setOwn] = useState<{ readonly allowed: boolean; readonly apps: readonly OwnApp[] }>();
  const load = async (): Promise<void> => setOwn(await ask('GET', '/own-apps'));
  useEffect(() => void load().catch(() => undefined), []);
  if (own === undefined || (!own.allowed && own.apps.length === 0)) return null;
  return (
    <section>
      <h2>Apps that I run</h2>
      <ul class="cards">{own.apps.map((app) => <li key={app.id}><OwnAppCard app={app} changed={load} /></li>)}</ul>
      {own.allowed ? <NewApp changed={load} /> : null}
    </section>
  );
}

function OwnAppCard({ app, changed }: { readonly app: OwnApp; readonly changed: () => Promise<void> }): JSX.Element {
  const { id, name, redirectUris, domain, deactivated } = app;
  const [newDomain, setNewDomain] = useState(domain ?? '');
  return (
    <article>
      <header class="row"><h2>{name}</h2><span class="domain">{domain ?? 'no proven domain'}</span></header>
      {deactivated ? <p class="problem">The operator of this gateway has switched it off.</p> : null}
      <dl>
        <dt>Client id</dt><dd><code>{id}</code></dd>
        <dt>Sends users back to</dt><dd>{redirectUris.map((uri) => <div key={uri}><code>{uri}</code></div>)}</dd>
      </dl>
      <details>
        <summary>Change {name}</summary>
        <Form submit="Look for the key" quiet onSubmit={async () => {
          await ask('POST', `/own-apps/${id}/domain`, { domain: newDomain });
          await changed();
        }} done="It is there: users are shown the domain.">
          <Field label="Its web site" hint="Which key to put there is told when you ask" value={newDomain} required placeholder="chat.example.org"
            onInput={(event) => setNewDomain(event.currentTarget.value)} />
        </Form>
        <Confirm question={`Remove ${name}? Whatever users allowed it ends.`} yes={`Remove ${name}`} label={`Remove ${name}`} act={async () => {
          await ask('POST', `/own-apps/${id}/remove`);
          await changed();
        }}>Remove…</Confirm>
      </details>
    </article>
  );
}

function NewApp({ changed }: { readonly changed: () => Promise<void> }): JSX.Element {
  const [name, setName] = useState('');
  const [uri, setUri] = useState('');
  const [added, setAdded] = useState<{ readonly id: string; readonly secret: string }>();
  return (
    <details>
      <summary>Register an app of mine</summary>
      <Form submit="Register" onSubmit={async () => {
        setAdded(await ask('POST', '/own-apps', { name, redirectUris: [uri] }));
        [setName, setUri].forEach((clear) => clear(''));
        await changed();
      }}>
        <Field label="Name" value={name} maxLength={64} required onInput={(event) => setName(event.currentTarget.value)} />
        <Field label="Address that users come back to" type="url" value={uri} required placeholder="https://chat.example.org/callback" onInput={(event) => setUri(event.currentTarget.value)} />
      </Form>
      {added === undefined ? null : (
        <div class="secret" role="status">
          <p>The secret is shown this once:</p>
          <dl><dt>Client id</dt><dd><code>{added.id}</code></dd><dt>Client secret</dt><dd><code>{added.secret}</code></dd></dl>
        </div>
      )}
    </details>
  );
}
