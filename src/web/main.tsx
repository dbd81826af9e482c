// The pages: what somebody sees who opens the gateway's address in a browser.

import { signal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { render } from 'preact';

import { AccountPage } from './account-page.js';
import { loadSession, session } from './api.js';
import { AuthorizePage } from './authorize-page.js';
import { AppsPage } from './apps-page.js';
import { DevicesPage } from './devices-page.js';
import { connected, startLive } from './live.js';
import { OperatorPage } from './operator-page.js';
import { PairPage } from './pair-page.js';
import { wordsOf } from './parts.js';
import { JoinPage, SignInPage } from './sign-in-page.js';
import { StatusPage } from './status-page.js';
import { ShownNotifications, startThisBrowser } from './this-browser.js';

const pages: readonly (readonly [path: string, name: string, Page: ComponentType])[] = [
  ['/apps', 'Apps', AppsPage],
  ['/devices', 'Devices', DevicesPage],
  ['/status', 'Status', StatusPage],
  ['/account', 'Account', AccountPage],
];
const operatorPages: typeof pages = [['/operator', 'Gateway', OperatorPage]];

const path = signal(location.pathname);
const problem = signal<string | undefined>(undefined);

function go(to: string): void {
  history.pushState(null, '', to);
  path.value = to;
  document.querySelector<HTMLElement>('main')?.focus();
}

function Shown(): JSX.Element {
  const now = session.value;
  if (problem.value !== undefined) return <main class="narrow"><h1>Lowbeat</h1><p class="problem" role="alert">{problem.value}</p></main>;
  if (now === undefined) return <main class="narrow"><p class="waiting">Loading…</p></main>;
  if (path.value === '/join' || path.value === '/setup') return <JoinPage onDone={() => go('/apps')} />;
  const [, authorization] = /^\/authorize\/([\w-]+)$/.exec(path.value) ?? [];
  if (authorization !== undefined) return <AuthorizePage id={authorization} />;
  if (now.user === null) return <SignInPage />;
  if (path.value === '/pair') return <PairPage account={now.user.name} onDone={() => go('/devices')} />;
  const all = now.user.operator ? [...pages, ...operatorPages] : pages;
  const [at, name, Page] = all.find(([one]) => one === path.value) ?? pages[0] ?? ['', '', AppsPage];
  document.title = `${name} · Lowbeat`;
  return <>
    <header class="top">
      <span class="brand">Lowbeat</span>
      <nav aria-label="Pages">
        {all.map(([to, title]) => (
          <a key={to} href={to} aria-current={to === at ? 'page' : undefined} onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            go(to);
          }}>{title}</a>
        ))}
      </nav>
    </header>
    <main tabIndex={-1}>
      {connected.value ? null : <p class="stale" role="status">Connecting: what you see may be old.</p>}
      <ShownNotifications />
      <Page />
    </main>
  </>;
}

addEventListener('popstate', () => (path.value = location.pathname));
const root = document.getElementById('app');
if (root !== null) render(<Shown />, root);
startLive();
startThisBrowser();
loadSession().catch((error: unknown) => (problem.value = wordsOf(error)));
