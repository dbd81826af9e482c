// The doorhanger: an app asks to see or reach the user. It is the app's popup, or a page of its own.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { ask, loadSession, session } from './api.js';
import { Action, Form, wordsOf } from './parts.js';
import { SignIn } from './sign-in-page.js';
import { useTimes } from './windows-editor.js';

interface Interaction {
  readonly app: { readonly id: string; readonly name: string; readonly domain?: string };
  readonly scopes: readonly string[];
}

const scopeWords: Readonly<Record<string, string>> = {
  presence: 'see when I am present',
  'presence.idle': 'see whether I am away from my devices',
  notify: 'ring me and send me notifications',
};

export function AuthorizePage({ id }: { readonly id: string }): JSX.Element {
  const [interaction, setInteraction] = useState<Interaction>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    ask<Interaction>('GET', `/interaction/${id}`).then(setInteraction, (error: unknown) => setProblem(wordsOf(error)));
  }, [id]);
  if (problem !== undefined) return <main class="narrow"><h1>Nothing to decide</h1><p class="problem" role="alert">{problem}</p></main>;
  if (interaction === undefined) return <main class="narrow"><p class="waiting">Loading…</p></main>;
  const { app } = interaction;
  document.title = `${app.name} · Lowbeat`;
  const account = session.value?.user;
  return (
    <main class="narrow">
      {account == null
        ? <><h1>{app.name} wants to connect with you</h1><p>Sign in to decide.</p><SignIn /></>
        : <Decision id={id} interaction={interaction} account={account.name} />}
    </main>
  );
}

function Decision({ id, interaction: { app, scopes }, account }: { readonly id: string; readonly interaction: Interaction; readonly account: string }): JSX.Element {
  const [allowed, setAllowed] = useState(scopes);
  const { fields, times } = useTimes(app.name);
  const decide = async (how: 'allow' | 'deny', body: object): Promise<void> => {
    const { location: to } = await ask<{ readonly location: string }>('POST', `/interaction/${id}/${how}`, body);
    location.assign(to);
  };
  const sees = scopes.includes('presence');
  return <>
    <h1>Allow <em>{app.name}</em> to {sees ? 'see when you are present' : 'notify you'}?</h1>
    <p>{app.domain === undefined ? `${app.name} has not shown that a web site belongs to it.` : <>It belongs to <strong>{app.domain}</strong>.</>}</p>
    <p>You are <strong>{account}</strong>; {app.name} learns neither this name nor any other that it could share. <Action act={async () => {
      await ask('POST', '/sign-out');
      await loadSession();
    }}>Not you?</Action></p>
    <Form submit={`Allow ${app.name}`} onSubmit={() => decide('allow', { scopes: allowed, ...times })}>
      <fieldset>
        <legend>{app.name} may</legend>
        {scopes.map((scope) => (
          <label key={scope} class="choice">
            <input type="checkbox" checked={allowed.includes(scope)} onChange={(event) => {
              const others = allowed.filter((one) => one !== scope);
              setAllowed(event.currentTarget.checked ? [...others, scope] : others);
            }} /> {scopeWords[scope] ?? scope}
          </label>
        ))}
      </fieldset>
      {fields}
      <p><small>You can pause it, change this and take it back at any time.</small></p>
    </Form>
    <Action act={() => decide('deny', {})}>Deny</Action>
  </>;
}
