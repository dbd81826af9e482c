import { startRegistration } from '@simplewebauthn/browser';
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/browser';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { ask, loadSession, session } from './api.js';
import { Action, Confirm, Field, Form } from './parts.js';
import { leaveThisBrowser } from './this-browser.js';

interface Credentials {
  readonly password: boolean;
  readonly passkeys: readonly { readonly id: string; readonly name: string; readonly createdAtMs: number; readonly usedAtMs?: number }[];
}

export function AccountPage(): JSX.Element {
  const [credentials, setCredentials] = useState<Credentials>();
  const load = async (): Promise<void> => setCredentials(await ask('GET', '/credentials'));
  useEffect(() => void load().catch(() => undefined), []);
  const name = session.value?.user?.name ?? '';
  return <>
    <h1>My account</h1>
    <p>Signed in as <strong>{name}</strong>.</p>
    <Action act={async () => {
      await leaveThisBrowser();
      await ask('POST', '/sign-out');
      await loadSession();
    }}>Sign out</Action>
    {credentials === undefined ? <p class="waiting">Loading…</p> : <>
      <Passkeys credentials={credentials} changed={load} />
      <Password isSet={credentials.password} changed={load} />
    </>}
    <h2>My data</h2>
    <p><a href="/console/v1/export" download="lowbeat.json">Download all that is kept of me</a></p>
    <Farewell name={name} />
  </>;
}

function Passkeys({ credentials: { passkeys }, changed }: { readonly credentials: Credentials; readonly changed: () => Promise<void> }): JSX.Element {
  const [name, setName] = useState('');
  return (
    <section>
      <h2>Passkeys</h2>
      <ul class="cards">
        {passkeys.map((key) => (
          <li key={key.id} class="row">
            <span>{key.name}, since {new Date(key.createdAtMs).toLocaleDateString()}</span>
            <Confirm question={`Remove the passkey ${key.name}? Other browsers are signed out.`} yes="Remove" label={`Remove the passkey ${key.name}`} act={async () => {
              await ask('DELETE', `/credentials/passkey/${key.id}`);
              await changed();
            }}>Remove…</Confirm>
          </li>
        ))}
      </ul>
      {session.value?.passkeys !== true ? <p>Passkeys need https and a name for this gateway.</p> : (
        <Form submit="Add a passkey" done="Added." quiet onSubmit={async () => {
          const optionsJSON = await ask<PublicKeyCredentialCreationOptionsJSON>('POST', '/credentials/passkey/options');
          await ask('POST', '/credentials/passkey', { name, response: await startRegistration({ optionsJSON }) });
          setName('');
          await changed();
        }}>
          <Field label="Name of the new one" value={name} required maxLength={64} placeholder="phone" onInput={(event) => setName(event.currentTarget.value)} />
        </Form>
      )}
    </section>
  );
}

function Password({ isSet, changed }: { readonly isSet: boolean; readonly changed: () => Promise<void> }): JSX.Element {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  return (
    <section>
      <h2>Password</h2>
      <Form submit={isSet ? 'Change password' : 'Set password'} done="Set. Other browsers are signed out." quiet onSubmit={async () => {
        await ask('PUT', '/credentials/password', { ...(isSet && { current }), password });
        setCurrent('');
        setPassword('');
        await changed();
      }}>
        {isSet ? <Field label="Current password" type="password" autocomplete="current-password" required value={current} onInput={(event) => setCurrent(event.currentTarget.value)} /> : null}
        <Field label="New password" hint="10 characters or more" type="password" autocomplete="new-password" required minLength={10} maxLength={256} value={password}
          onInput={(event) => setPassword(event.currentTarget.value)} />
      </Form>
    </section>
  );
}

function Farewell({ name }: { readonly name: string }): JSX.Element {
  const [typed, setTyped] = useState('');
  return (
    <details>
      <summary>Delete my account</summary>
      <p>All apps are told that you took your grants back. Your devices are disconnected, and what waits for them is lost.</p>
      <Form submit="Delete everything" onSubmit={async () => {
        await ask('POST', '/delete', { name: typed });
        await loadSession();
      }}>
        <Field label={`Type ${name} to show that you mean it`} required autocomplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      </Form>
    </details>
  );
}
