import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { ask, session } from './api.js';
import type { Device } from './api.js';
import { devices, nowMs } from './live.js';
import { ago, Confirm, Field, Form, span, State } from './parts.js';
import { ThisBrowser } from './this-browser.js';

export function DevicesPage(): JSX.Element {
  const all = devices.value;
  return <>
    <h1>My devices</h1>
    {all === undefined ? <p class="waiting">Loading…</p> : all.length === 0
      ? <p>You have no device yet.</p>
      : <ul class="cards">{all.map((device) => <li key={device.id}><DeviceCard device={device} /></li>)}</ul>}
    <section>
      <h2>Pair a device</h2>
      <p>A phone or program that knows Lowbeat shows a code. <a href="/pair">Enter the code</a>.</p>
    </section>
    <ThisBrowser />
    <NewDevice />
  </>;
}

function DeviceCard({ device }: { readonly device: Device }): JSX.Element {
  const { id, name, state, link, push } = device;
  const [newName, setNewName] = useState(name);
  return (
    <article>
      <header class="row"><h2>{name}</h2><State state={state} /></header>
      {link === undefined ? <p>No connection{push ? '; its push service takes what comes' : ''}.</p> : <LinkFacts link={link} />}
      <details>
        <summary>Change {name}</summary>
        <Form onSubmit={() => ask('PATCH', `/devices/${id}`, { name: newName })} submit="Rename" done="Renamed." quiet>
          <Field label="Name" value={newName} maxLength={64} required onInput={(event) => setNewName(event.currentTarget.value)} />
        </Form>
        <Confirm question={`Remove ${name}? It is disconnected, and what waits for it is lost.`} yes={`Remove ${name}`}
          act={() => ask('POST', `/devices/${id}/remove`)} label={`Remove ${name}`}>Remove…</Confirm>
      </details>
    </article>
  );
}

const fixedSeconds = 60;

function LinkFacts({ link }: { readonly link: NonNullable<Device['link']> }): JSX.Element {
  const { linkedSinceMs, lastLifeAtMs, promisedUntilMs, heartbeats, flowSeconds, heartbeat } = link;
  const now = nowMs.value;
  const linkedSeconds = Math.max(0, (now - linkedSinceMs) / 1000);
  const atFixed = Math.floor(linkedSeconds / fixedSeconds);
  return (
    <dl>
      <dt>Last sign of life</dt><dd>{ago(lastLifeAtMs, now)}</dd>
      <dt>Next by</dt><dd>{new Date(promisedUntilMs).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })}</dd>
      {heartbeat === undefined ? null : <><dt>Network, power</dt><dd>{heartbeat.network}, {heartbeat.power}</dd></>}
      {flowSeconds === undefined ? null : <><dt>Learned of this network</dt><dd>keeps a silent connection {span(flowSeconds)}</dd></>}
      <dt>Heartbeats</dt>
      <dd>{heartbeats} in {span(linkedSeconds)}{atFixed > heartbeats ? `; one a minute would have been ${atFixed}` : ''}</dd>
    </dl>
  );
}

function NewDevice(): JSX.Element {
  const [name, setName] = useState('');
  const [added, setAdded] = useState<{ readonly id: string; readonly token: string; readonly mqtt: string | null }>();
  return (
    <section>
      <h2>Add a device by hand</h2>
      <Form onSubmit={async () => {
        setAdded(await ask('POST', '/devices', { name }));
        setName('');
      }} submit="Add device">
        <Field label="Name" value={name} maxLength={64} required placeholder="phone" onInput={(event) => setName(event.currentTarget.value)} />
      </Form>
      {added === undefined ? null : (
        <div class="secret" role="status">
          <p>Give these to the device. The token is shown this once:</p>
          <dl>
            <dt>Gateway</dt><dd><code>{added.mqtt ?? session.value?.issuer}</code></dd>
            <dt>Device</dt><dd><code>{added.id}</code></dd>
            <dt>Token</dt><dd><code>{added.token}</code></dd>
          </dl>
        </div>
      )}
    </section>
  );
}
