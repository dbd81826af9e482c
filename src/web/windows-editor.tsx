// When an app may see and ring: windows by weekday on the wall clock of a zone.

import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';

import { ask } from './api.js';
import type { App, Schedule, TimeWindow } from './api.js';
import { Form } from './parts.js';

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const longDayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const evening: TimeWindow = { days: [1, 2, 3, 4, 5, 6, 7], startMinute: 21 * 60, endMinute: 23 * 60 };

export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export interface Times {
  readonly schedule: Schedule | null;
  readonly followsPhone: boolean;
  readonly outside: 'hold' | 'drop';
}

export function WindowsEditor({ app }: { readonly app: App }): JSX.Element {
  const { fields, times } = useTimes(app.name, app);
  return (
    <Form onSubmit={() => ask('PATCH', `/apps/${app.uid}`, times)} submit="Save times" done="Saved: it holds from now on." quiet>
      {fields}
    </Form>
  );
}

/** Fields of a form, and what they say. */
export function useTimes(name: string, before?: Pick<App, 'schedule' | 'followsPhone' | 'outside'>): { readonly fields: JSX.Element; readonly times: Times } {
  const [limited, setLimited] = useState(before?.schedule !== undefined);
  const [windows, setWindows] = useState<readonly TimeWindow[]>(before?.schedule?.windows ?? [evening]);
  const [zone, setZone] = useState(before?.schedule?.zone ?? ownZone());
  const [follows, setFollows] = useState(before?.followsPhone ?? false);
  const [outside, setOutside] = useState(before?.outside ?? 'hold');
  const zones = useId();
  const when = useId();
  const missed = useId();
  const replace = (index: number, change: TimeWindow | undefined): void =>
    setWindows(windows.flatMap((one, at) => (at !== index ? [one] : change === undefined ? [] : [change])));
  const fields = <>
    <fieldset>
      <legend>When may {name} see you and ring?</legend>
      <label class="choice"><input type="radio" name={when} checked={!limited} onChange={() => setLimited(false)} /> Always</label>
      <label class="choice"><input type="radio" name={when} checked={limited} onChange={() => setLimited(true)} /> Only at these times</label>
    </fieldset>
    {limited ? <>
      {windows.map((one, index) => <WindowRow key={index} window={one} number={index + 1} onChange={(change) => replace(index, change)} />)}
      <p><button type="button" class="quiet" onClick={() => setWindows([...windows, evening])} disabled={windows.length >= 14}>Add another time</button></p>
      <label class="choice">
        <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} /> By the clock of my phone, wherever it is
      </label>
      <label class="field">
        <span>{follows ? 'Until my phone tells its zone' : 'Time zone'}</span>
        <input list={zones} value={zone} onInput={(event) => setZone(event.currentTarget.value)} required autocomplete="off" />
        <datalist id={zones}>{Intl.supportedValuesOf('timeZone').map((one) => <option key={one} value={one} />)}</datalist>
      </label>
      <fieldset>
        <legend>What comes at other times</legend>
        <label class="choice"><input type="radio" name={missed} checked={outside === 'hold'} onChange={() => setOutside('hold')} /> waits for me</label>
        <label class="choice"><input type="radio" name={missed} checked={outside === 'drop'} onChange={() => setOutside('drop')} /> is dropped</label>
        <small>The app cannot tell which.</small>
      </fieldset>
    </> : null}
  </>;
  return { fields, times: { schedule: limited ? { zone, windows } : null, followsPhone: limited && follows, outside } };
}

function WindowRow({ window, number, onChange }: {
  readonly window: TimeWindow;
  readonly number: number;
  readonly onChange: (window: TimeWindow | undefined) => void;
}): JSX.Element {
  const { days, startMinute, endMinute } = window;
  return (
    <fieldset class="window">
      <legend>Time {number}</legend>
      <div class="days">
        {dayNames.map((name, index) => (
          <label key={name} class="day">
            <input type="checkbox" aria-label={longDayNames[index]} checked={days.includes(index + 1)} onChange={(event) => {
              const others = days.filter((day) => day !== index + 1);
              onChange({ ...window, days: event.currentTarget.checked ? [...others, index + 1].sort((a, b) => a - b) : others });
            }} />
            <span aria-hidden="true">{name}</span>
          </label>
        ))}
      </div>
      <div class="row">
        <label>from <input type="time" required value={clock(startMinute)} onInput={(event) => onChange({ ...window, startMinute: minutes(event.currentTarget.value) })} /></label>
        <label>to <input type="time" required value={clock(endMinute)} onInput={(event) => {
          // Midnight at the end of the day is 24:00, which no browser writes.
          const minute = minutes(event.currentTarget.value);
          onChange({ ...window, endMinute: minute === 0 ? 1_440 : minute });
        }} /></label>
        <button type="button" class="quiet" aria-label={`Remove time ${number}`} onClick={() => onChange(undefined)}>Remove</button>
      </div>
    </fieldset>
  );
}

function clock(minute: number): string {
  const within = minute % 1_440;
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}`;
}

function minutes(text: string): number {
  const [hours = 0, rest = 0] = text.split(':').map(Number);
  return hours * 60 + rest;
}

/** For the card of an app: "Mon–Fri 21:00–23:00". */
export function scheduleWords({ windows, zone }: Schedule): string {
  return `${windows.map(({ days, startMinute, endMinute }) => `${daysWords(days)} ${clock(startMinute)}–${endMinute === 1_440 ? '24:00' : clock(endMinute)}`).join(', ')} (${zone})`;
}

function daysWords(days: readonly number[]): string {
  if (days.length === 7) return 'every day';
  const names = days.map((day) => dayNames[day - 1] ?? '');
  const inRow = days.length > 2 && days.every((day, index) => index === 0 || day === (days[index - 1] ?? 0) + 1);
  return inRow ? `${names[0] ?? ''}–${names.at(-1) ?? ''}` : names.join(' ');
}
