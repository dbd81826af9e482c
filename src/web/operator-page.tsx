import { Fragment } from 'preact';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

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
  readonly domain?: string;
  readonly deactivated?: true;
}

interface Figures {
  readonly accepted: number;
  readonly acknowledged: number;
  readonly heartbeats: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly acceptSeconds: readonly (readonly [atMost: number | null, count: number])[];
}

/** What is told every two seconds. */
interface Told extends Summary {
  readonly nowMs: number;
  readonly figures?: Figures;
}

const pointsKept = 300;
/** Over so many of what was told: half a minute. */
const rateOver = 15;

export function OperatorPage(): JSX.Element {
  const [history, setHistory] = useState<readonly Told[]>([]);
  const [users, setUsers] = useState<readonly Named[]>([]);
  const [apps, setApps] = useState<readonly Named[]>([]);
  const [problem, setProblem] = useState<string>();
  const now = history.at(-1);
  // The lists are read again when there is one more or less.
  useEffect(() => {
    const load = async (): Promise<void> => {
      setUsers((await ask<{ readonly items: readonly Named[] }>('GET', '/operator/users?limit=100')).items);
      setApps((await ask<{ readonly items: readonly Named[] }>('GET', '/operator/apps?limit=100')).items);
    };
    load().catch((error: unknown) => setProblem(wordsOf(error)));
  }, [now?.store?.users, now?.store?.apps]);
  useEffect(() => {
    const events = new EventSource('/console/v1/operator/events');
    events.addEventListener('gateway', ({ data }: MessageEvent<string>) => {
      const told = JSON.parse(data) as Told;
      // After a restart what was counted begins anew.
      setHistory((before) => [...before.filter(({ uptimeSeconds }) => uptimeSeconds <= told.uptimeSeconds), told].slice(-pointsKept));
    });
    return () => events.close();
  }, []);
  return <>
    <h1>This gateway</h1>
    {problem === undefined ? null : <p class="problem" role="alert">{problem}</p>}
    {now === undefined ? <p class="waiting">Loading…</p> : <>
      <dl>
        <dt>State</dt><dd>{now.unready.length === 0 ? 'ready' : now.unready.join(', ')}</dd>
        <dt>Version, running for</dt><dd>{now.version}, {span(now.uptimeSeconds)}</dd>
        {now.listening.map(({ name, url }) => <Fragment key={url}><dt>{name}</dt><dd><code>{url}</code></dd></Fragment>)}
        <dt>Devices connected</dt><dd>{now.links} of {now.store?.devices ?? '?'}</dd>
        <dt>App servers connected</dt><dd>{now.appConnections} of {now.store?.apps ?? '?'}</dd>
        <dt>Notifications waiting</dt><dd>{now.store?.waitingNotifications ?? '?'}</dd>
        <Rates history={history} />
      </dl>
      <Plot history={history} />
      <Errors errors={now.figures?.errors ?? {}} />
    </>}
    <Invite />
    <h2>Users</h2>
    <ul>{users.map(({ id, name }) => <li key={id}>{name}</li>)}</ul>
    <h2>Apps</h2>
    <ul>{apps.map(({ id, name, domain, deactivated }) => <li key={id}>{name} <code>{id}</code>{domain === undefined ? '' : ` ${domain}`}{deactivated === true ? ', deactivated' : ''}</li>)}</ul>
  </>;
}

function Rates({ history }: { readonly history: readonly Told[] }): JSX.Element | null {
  const [before, now] = [history.at(-rateOver - 1) ?? history[0], history.at(-1)];
  if (before?.figures === undefined || now?.figures === undefined || before === now) return null;
  const seconds = (now.nowMs - before.nowMs) / 1000;
  const rate = (of: 'accepted' | 'acknowledged' | 'heartbeats'): string => perSecond(((now.figures?.[of] ?? 0) - (before.figures?.[of] ?? 0)) / seconds);
  const counts = now.figures.acceptSeconds.map(([atMost, count], index) => [atMost ?? Infinity, count - (before.figures?.acceptSeconds[index]?.[1] ?? 0)] as const);
  return <>
    <dt>Accepted, delivered</dt><dd>{rate('accepted')}, {rate('acknowledged')}</dd>
    <dt>Heartbeats</dt><dd>{rate('heartbeats')}</dd>
    <dt>Time to accept</dt><dd>{quantile(counts, 0.5)} (half), {quantile(counts, 0.99)} (99 of 100)</dd>
  </>;
}

function perSecond(rate: number): string {
  return `${rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10} a second`;
}

/** An upper bound, as the histogram gives it. */
function quantile(counts: readonly (readonly [atMost: number, count: number])[], share: number): string {
  const all = counts.at(-1)?.[1] ?? 0;
  if (all === 0) return '–';
  const atMost = counts.find(([, count]) => count >= all * share)?.[0] ?? Infinity;
  return atMost === Infinity ? 'above 2.5 s' : `≤ ${atMost * 1000} ms`;
}

const series = [{ label: 'devices connected', color: '--accent' }, { label: 'notifications waiting', color: '--away' }] as const;

function Plot({ history }: { readonly history: readonly Told[] }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<{ readonly set: (data: readonly (readonly number[])[]) => void; readonly destroy: () => void }>(undefined);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let over = false;
    import('./plot.js').then(({ drawPlot }) => {
      if (over || place.current === null) return;
      plot.current = drawPlot(place.current, series);
      setReady(true);
    }).catch(() => undefined);
    return () => {
      over = true;
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => {
    plot.current?.set([
      history.map(({ nowMs }) => nowMs / 1000), history.map(({ links }) => links), history.map(({ store }) => store?.waitingNotifications ?? 0),
    ]);
  }, [history, ready]);
  return (
    <figure>
      <figcaption>The last {span(Math.max(1, ((history.at(-1)?.nowMs ?? 0) - (history[0]?.nowMs ?? 0)) / 1000))}: <span class="links">devices connected</span>, <span class="waits">notifications waiting</span></figcaption>
      <div ref={place} class="plot" aria-hidden="true" />
    </figure>
  );
}

function Errors({ errors }: { readonly errors: Readonly<Record<string, number>> }): JSX.Element {
  const all = Object.entries(errors).sort(([, one], [, other]) => other - one);
  return <>
    <h2>Refused and failed, since the start</h2>
    {all.length === 0 ? <p>Nothing.</p> : <dl>{all.map(([name, count]) => <Fragment key={name}><dt>{name.replaceAll('_', ' ')}</dt><dd>{count}</dd></Fragment>)}</dl>}
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
