// What several pages have in common.

import type { ComponentChildren, InputHTMLAttributes, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { Refusal } from './api.js';

/** A form that says what went wrong, and takes nothing twice while it waits. */
export function Form({ onSubmit, submit, children, done, quiet = false }: {
  readonly onSubmit: () => Promise<void>;
  readonly submit: string;
  readonly children?: ComponentChildren;
  /** Said when it went well. */
  readonly done?: string;
  readonly quiet?: boolean;
}): JSX.Element {
  const { run, waiting, problem, finished } = useAction(onSubmit);
  return (
    <form onSubmit={(event) => {
      event.preventDefault();
      run();
    }}>
      {children}
      <Told problem={problem} done={finished ? done : undefined} />
      <p><button type="submit" class={quiet ? 'quiet' : ''} disabled={waiting}>{submit}</button></p>
    </form>
  );
}

export function Action({ act, children, kind = 'quiet' }: {
  readonly act: () => Promise<void>;
  readonly children: ComponentChildren;
  readonly kind?: 'quiet' | 'danger' | '';
}): JSX.Element {
  const { run, waiting, problem } = useAction(act);
  return <>
    <button type="button" class={kind} disabled={waiting} onClick={run}>{children}</button>
    <Told problem={problem} />
  </>;
}

function useAction(act: () => Promise<void>) {
  const [waiting, setWaiting] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [finished, setFinished] = useState(false);
  const run = (): void => {
    if (waiting) return;
    setWaiting(true);
    setProblem(undefined);
    setFinished(false);
    act().then(() => setFinished(true), (error: unknown) => setProblem(wordsOf(error))).finally(() => setWaiting(false));
  };
  return { run, waiting, problem, finished };
}

/** Read out when it comes. */
function Told({ problem, done }: { readonly problem: string | undefined; readonly done?: string | undefined }): JSX.Element {
  return <div aria-live="polite">{problem !== undefined ? <p class="problem">{problem}</p> : done !== undefined ? <p class="done">{done}</p> : null}</div>;
}

export function wordsOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  // A browser's own words for a passkey that was not given are for developers.
  if (error instanceof Error && error.name === 'NotAllowedError') return 'Nothing was chosen, or it took too long. Try again.';
  return error instanceof Error ? error.message : String(error);
}

export function Field({ label, hint, ...input }: { readonly label: string; readonly hint?: string } & InputHTMLAttributes): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <input {...input} />
      {hint === undefined ? null : <small>{hint}</small>}
    </label>
  );
}

/** Asks before something that cannot be taken back. */
export function Confirm({ question, yes, act, children, label }: {
  readonly question: string;
  readonly yes: string;
  readonly act: () => Promise<void>;
  readonly children: ComponentChildren;
  /** Of the button, where its text alone would not tell which. */
  readonly label?: string;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  return <>
    <button type="button" class="danger" aria-label={label} onClick={() => setOpen(true)}>{children}</button>
    {open ? (
      <dialog ref={dialog} onClose={() => setOpen(false)} aria-label={question}>
        <p>{question}</p>
        <div class="row">
          <Action kind="danger" act={async () => {
            await act();
            setOpen(false);
          }}>{yes}</Action>
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>Cancel</button>
        </div>
      </dialog>
    ) : null}
  </>;
}

const words = { online: 'online', away: 'away', offline: 'offline', unknown: 'not known yet' } as const;

/** A colour, and the word for those who do not see it. */
export function State({ state }: { readonly state: keyof typeof words }): JSX.Element {
  return <span class={`state ${state}`}>{words[state]}</span>;
}

export function ago(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  return seconds < 10 ? 'just now' : `${span(seconds)} ago`;
}

export function span(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
