import type { JSX } from 'preact';

import { ask } from './api.js';
import type { App } from './api.js';
import { apps } from './live.js';
import { OwnApps } from './own-apps.js';
import { Action, Confirm, State } from './parts.js';
import { scheduleWords, WindowsEditor } from './windows-editor.js';

export function AppsPage(): JSX.Element {
  const all = apps.value;
  return <>
    <h1>My apps</h1>
    {all === undefined ? <p class="waiting">Loading…</p> : all.length === 0
      ? <p>You have allowed no app yet. An app asks you when you connect it with this gateway.</p>
      : <ul class="cards">{all.map((app) => <li key={app.uid}><AppCard app={app} /></li>)}</ul>}
    <OwnApps />
  </>;
}

const scopeWords: Readonly<Record<string, string>> = {
  notify: 'may ring', presence: 'may see whether you are there', 'presence.idle': 'and whether you are away',
};

function AppCard({ app }: { readonly app: App }): JSX.Element {
  const { uid, name, domain, scopes, paused, schedule, sees, open, untilMs } = app;
  const until = untilMs === undefined ? '' : `, until ${new Date(untilMs).toLocaleString(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' })}`;
  return (
    <article>
      <header class="row">
        <h2>{name}</h2>
        {domain === undefined ? null : <span class="domain">{domain}</span>}
        {scopes.includes('presence') ? <span class="sees">sees you <State state={sees} /></span> : null}
      </header>
      <p>{scopes.map((scope) => scopeWords[scope] ?? scope).join(', ')}.</p>
      <p>
        {paused ? <strong>Paused: it sees you offline and does not ring.</strong>
          : schedule === undefined ? 'At any time.' : <>{scheduleWords(schedule)}: <strong>{open ? 'open now' : 'closed now'}</strong>{until}.</>}
      </p>
      <div class="row">
        <Action act={() => ask('PATCH', `/apps/${uid}`, { paused: !paused })}>{paused ? `Resume ${name}` : `Pause ${name}`}</Action>
        <Confirm question={`Take back what you allowed ${name}? It is told so once, and never sees you or rings again under this name.`} yes={`Revoke ${name}`}
          act={() => ask('POST', `/apps/${uid}/revoke`)} label={`Revoke ${name}`}>Revoke…</Confirm>
      </div>
      <details>
        <summary>Times for {name}</summary>
        <WindowsEditor app={app} />
      </details>
    </article>
  );
}
