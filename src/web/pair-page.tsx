// A device shows a code and asks to be this user's (RFC 8628 §3.3).

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { ask } from './api.js';
import { Action, Field, Form, wordsOf } from './parts.js';

type Step = { readonly is: 'code' } | { readonly is: 'question'; readonly code: string } | { readonly is: 'over'; readonly paired: boolean; readonly name: string };

export function PairPage({ account, onDone }: { readonly account: string; readonly onDone: () => void }): JSX.Element {
  // As the device's own link or QR code brings it.
  const [code, setCode] = useState(() => new URLSearchParams(location.search).get('user_code') ?? '');
  const [step, setStep] = useState<Step>({ is: 'code' });
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string>();
  document.title = 'Pair a device · Lowbeat';
  const look = async (): Promise<void> => {
    setProblem(undefined);
    const found = await ask<{ readonly name: string }>('POST', '/pairing', { code });
    setName(found.name);
    setStep({ is: 'question', code });
  };
  useEffect(() => {
    if (code !== '') look().catch((error: unknown) => setProblem(wordsOf(error)));
  }, []);
  switch (step.is) {
    case 'code': return (
      <main class="narrow">
        <h1>Pair a device</h1>
        <Form submit="Go on" onSubmit={look}>
          <Field label="Code" hint="Eight letters, as the device shows them" value={code} maxLength={16} required autoComplete="off" autoCapitalize="characters"
            spellcheck={false} onInput={(event) => setCode(event.currentTarget.value)} />
        </Form>
        {problem === undefined ? null : <p class="problem" role="alert">{problem}</p>}
        <p><a href="/devices">My devices</a></p>
      </main>
    );
    case 'question': return (
      <main class="narrow">
        <h1>Is <em>{name}</em> yours?</h1>
        <p>It will get the notifications of <strong>{account}</strong>, and tell when you are present.</p>
        <p class="code"><code>{shown(step.code)}</code></p>
        <p>Go on only if the device is in front of you and shows this code. Whoever sent you a code wants to read along.</p>
        <Form submit="Pair it" onSubmit={async () => {
          await ask('POST', '/pairing/allow', { code: step.code, name });
          setStep({ is: 'over', paired: true, name });
        }}>
          <Field label="Name" value={name} maxLength={64} required onInput={(event) => setName(event.currentTarget.value)} />
        </Form>
        <Action act={async () => {
          await ask('POST', '/pairing/deny', { code: step.code });
          setStep({ is: 'over', paired: false, name });
        }}>It is not mine</Action>
      </main>
    );
    case 'over': return (
      <main class="narrow">
        <h1 tabIndex={-1} ref={(heading) => heading?.focus()}>{step.paired ? `${step.name} is paired` : 'It was turned away'}</h1>
        <p>{step.paired ? 'It connects within a few seconds.' : 'Nothing was changed.'}</p>
        <p><button type="button" onClick={onDone}>My devices</button></p>
      </main>
    );
  }
}

/** As the device writes it. */
function shown(code: string): string {
  const letters = code.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
