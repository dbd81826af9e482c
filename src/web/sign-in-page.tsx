import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import type { PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { ask, loadSession, session } from './api.js';
import { Action, Field, Form, wordsOf } from './parts.js';

export function SignInPage(): JSX.Element {
  return <main class="narrow"><h1>Sign in</h1><SignIn /></main>;
}

export function SignIn(): JSX.Element {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return <>
      {session.value?.passkeys !== true ? null : <>
        <Action kind="" act={async () => {
          const optionsJSON = await ask<PublicKeyCredentialRequestOptionsJSON>('POST', '/sign-in/passkey/options');
          await ask('POST', '/sign-in/passkey', { response: await startAuthentication({ optionsJSON }) });
          await loadSession();
        }}>Sign in with a passkey</Action>
        <p class="or">or with a password</p>
      </>}
      <Form submit="Sign in" quiet={session.value?.passkeys === true} onSubmit={async () => {
        await ask('POST', '/sign-in/password', { name, password });
        await loadSession();
      }}>
        <Field label="Name" autocomplete="username" required value={name} onInput={(event) => setName(event.currentTarget.value)} />
        <Field label="Password" type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
      </Form>
      <p><small>No account, or no way in any more? The operator of this gateway can give you a link.</small></p>
  </>;
}

/** Where a one-time link leads: its token stands behind #, which no server is told. */
export function JoinPage({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const [token] = useState(() => location.hash.slice(1));
  const [invitation, setInvitation] = useState<{ readonly kind: 'invitation' | 'recovery'; readonly name?: string }>();
  const [problem, setProblem] = useState<string>();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  useEffect(() => {
    ask<NonNullable<typeof invitation>>('POST', '/invitation', { token }).then(setInvitation, (error: unknown) => setProblem(wordsOf(error)));
  }, []);
  if (problem !== undefined) return <main class="narrow"><h1>This link does not work</h1><p class="problem" role="alert">{problem}</p></main>;
  if (invitation === undefined) return <main class="narrow"><h1>Welcome</h1><p class="waiting">Loading…</p></main>;
  const known = invitation.name;
  const own = known ?? name;
  const signUp = async (credential: object): Promise<void> => {
    await ask('POST', '/sign-up', { token, name: own, ...credential });
    await loadSession();
    onDone();
  };
  return (
    <main class="narrow">
      <h1>{known === undefined ? 'Make your account' : `Welcome back, ${known}`}</h1>
      <p>{known === undefined ? 'Choose a name, and how you will sign in.' : 'Choose how you will sign in from now on. Other browsers are signed out.'}</p>
      {known === undefined ? <Field label="Name" hint="for you and the operator; apps never see it" autocomplete="username" required maxLength={64} value={name} onInput={(event) => setName(event.currentTarget.value)} /> : null}
      {session.value?.passkeys !== true ? null : <>
        <Action kind="" act={async () => {
          const optionsJSON = await ask<PublicKeyCredentialCreationOptionsJSON>('POST', '/sign-up/passkey/options', { token, name: own });
          await signUp({ passkey: await startRegistration({ optionsJSON }) });
        }}>Go on with a passkey</Action>
        <p class="or">or with a password</p>
      </>}
      <Form submit="Go on with this password" quiet={session.value?.passkeys === true} onSubmit={() => signUp({ password })}>
        <Field label="Password" hint="10 characters or more" type="password" autocomplete="new-password" required minLength={10} maxLength={256} value={password}
          onInput={(event) => setPassword(event.currentTarget.value)} />
      </Form>
    </main>
  );
}
