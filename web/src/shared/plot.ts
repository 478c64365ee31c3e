// uPlot, loaded only where there is something to draw.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { texts } from '../texts';
import type { Lines } from './series';

/** Lines are told apart by dash as well as by colour. */
const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3], [1, 4], [12, 4], [4, 2], [8, 2, 2, 2]];

export function plot(node: HTMLElement, lines: Lines, data: (number | null)[][]): uPlot {
  const style = getComputedStyle(node);
  const [ink, grid] = [style.getPropertyValue('color'), style.getPropertyValue('--line')];
  const colours = style.getPropertyValue('--series').trim().split(/\s+/);
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const whole = (_: uPlot, splits: number[]) => splits.map(split => (Number.isInteger(split) ? String(split) : ''));
  return new uPlot({
    width: node.clientWidth,
    height: 220,
    scales: { x: { time: false } },
    // Periods are whole: no lines between them.
    axes: [{ ...axis, values: whole, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }, axis],
    series: [
      { label: texts.history.period },
      ...lines.series.map(({ label }, index) => ({
        label, stroke: colours[index % colours.length] as string, dash: DASHES[index % DASHES.length] as number[], width: 2, points: { show: lines.orders.length < 20 },
      })),
    ],
  }, data as uPlot.AlignedData, node);
}
