import type { JSX } from 'preact';

import { ask } from './api.js';
import type { Status } from './api.js';
import { status } from './live.js';
import { Action, State } from './parts.js';
import { ownZone } from './windows-editor.js';

const choices: readonly (readonly [value: Status['status'], name: string, about: string])[] = [
  ['available', 'Available', 'Apps that you allowed see what your devices say.'],
  ['away', 'Away', 'They see you away while a device of yours is there.'],
  ['invisible', 'Invisible', 'Every app sees you offline. Notifications still come.'],
];

export function StatusPage(): JSX.Element {
  const now = status.value;
  if (now === undefined) return <><h1>My status</h1><p class="waiting">Loading…</p></>;
  const own = ownZone();
  return <>
    <h1>My status</h1>
    <p>Your devices together say: <State state={now.presence} /></p>
    <ul class="choices">
      {choices.map(([value, name, about]) => (
        <li key={value} class={now.status === value ? 'chosen' : ''}>
          <div>
            <strong>{name}</strong>{now.status === value ? <span class="mark"> · this is how it is now</span> : null}
            <p>{about}</p>
          </div>
          {now.status === value ? null : <Action act={() => ask('PATCH', '/status', { status: value })}>Set {name.toLowerCase()}</Action>}
        </li>
      ))}
    </ul>
    <h2>Time zone of your phone</h2>
    <p>Times that follow your phone are read in {now.zone === undefined ? 'the zone of each app’s times: no zone was told yet.' : <strong>{now.zone}</strong>}</p>
    {now.zone === own ? null : <Action act={() => ask('PATCH', '/status', { zone: own })}>Use {own}</Action>}
  </>;
}
