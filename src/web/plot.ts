// A plot of the last minutes. Loaded only by the page that has one.

import uPlot from 'uplot';

export interface Series {
  readonly label: string;
  /** A custom property of the style. */
  readonly color: string;
}

/** Seconds since 1970, then one list for each series. */
export type PlotData = readonly (readonly number[])[];

/** Draws into `place`; `set` draws anew, `destroy` takes it away. */
export function drawPlot(place: HTMLElement, series: readonly Series[]): { readonly set: (data: PlotData) => void; readonly destroy: () => void } {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  // light-dark() is not for a canvas: a probe tells what it is at the moment.
  const probe = document.createElement('span');
  place.append(probe);
  const resolved = (name: string): string => {
    probe.style.color = color(name);
    return getComputedStyle(probe).color;
  };
  const axis: uPlot.Axis = { stroke: resolved('--soft'), grid: { stroke: resolved('--line'), width: 1 }, ticks: { show: false } };
  const plot = new uPlot({
    width: place.clientWidth, height: 180, cursor: { show: false }, legend: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [axis, { ...axis, size: 56 }],
    series: [{}, ...series.map(({ label, color: name }) => ({ label, stroke: resolved(name), width: 2, points: { show: false } }))],
  }, [[]], place);
  probe.remove();
  const observer = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 180 }));
  observer.observe(place);
  return {
    set: (data) => plot.setData(data as unknown as uPlot.AlignedData),
    destroy: () => {
      observer.disconnect();
      plot.destroy();
    },
  };
}
