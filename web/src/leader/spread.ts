// How all worlds of a run did, period by period: the mean, the highest and the lowest of a number in their results or decisions.
import { visible } from '../model/rows';
import { decisionOf, players, resultsOf, seatName, standing, title } from '../model/standing';
import type { Tree } from '../model/tree';
import type { Lines } from '../shared/series';

/** The numbers of each period, by what they are called. */
export type Numbers = Map<string, Map<number, number[]>>;

/** Every number that the worlds' results and decisions have; periods without a result are still played and left out. */
export function numbers(tree: Tree, run: number, otherwise: string): Numbers {
  const all: Numbers = new Map();
  const put = (label: string, order: number, value: unknown) => {
    if (typeof value !== 'number') return;
    const periods = all.get(label) ?? new Map<number, number[]>();
    all.set(label, periods);
    periods.set(order, [...periods.get(order) ?? [], value]);
  };
  for (const world of tree.children('world', 'run', run)) {
    const table = players(tree, world.pk);
    for (const period of standing(tree, { world: world.pk }).periods) {
      const results = resultsOf(tree, period.pk);
      if (results.length === 0) continue;
      for (const result of results) for (const [name, value] of Object.entries(visible(result.data.data))) put(title(name), period.data.order, value);
      for (const player of table) {
        const decision = Object.entries(visible(decisionOf(tree, period.pk, player)?.data.data));
        const role = player.data.role_name ?? seatName(player, table, otherwise);
        for (const [name, value] of decision) put(`${role}: ${title(name)}`, period.data.order, value);
      }
    }
  }
  return all;
}

/** Three lines for one of them. */
export function spread(periods: Map<number, number[]>, words: { mean: string; highest: string; lowest: string }): Lines {
  const orders = [...periods.keys()].sort((a, b) => a - b);
  const of = (fold: (values: number[]) => number) => orders.map(order => fold(periods.get(order) ?? []));
  return {
    orders,
    series: [
      { label: words.mean, values: of(values => values.reduce((sum, value) => sum + value, 0) / values.length) },
      { label: words.highest, values: of(values => Math.max(...values)) },
      { label: words.lowest, values: of(values => Math.min(...values)) },
    ],
  };
}
