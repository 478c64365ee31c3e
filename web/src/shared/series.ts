// The numbers of a table's periods as series for a chart.
import type { Row } from '../model/rows';
import { decisionOf, resultsOf, title } from '../model/standing';
import type { Tree } from '../model/tree';

export interface Lines {
  /** The periods, oldest first. */
  orders: number[];
  series: { label: string; values: (number | null)[] }[];
}

/** More lines than these nobody can tell apart. */
const MOST = 8;

/** A line for each number in the decisions of a seat and in the results; only periods that have a result. */
export function series(tree: Tree, players: Row<'runuser'>[], seats: string[], periods: Row<'period'>[], own?: Row<'runuser'>): Lines {
  const played = periods.filter(period => resultsOf(tree, period.pk, own).length > 0).reverse();
  const lines = new Map<string, (number | null)[]>();
  const put = (label: string, at: number, value: unknown) => {
    if (typeof value !== 'number') return;
    const values = lines.get(label) ?? played.map(() => null);
    values[at] = value;
    lines.set(label, values);
  };
  played.forEach((period, at) => {
    players.forEach((player, index) => {
      const data = Object.entries(decisionOf(tree, period.pk, player)?.data.data ?? {}).filter(([name]) => !name.startsWith('_'));
      for (const [name, value] of data) put(data.length === 1 ? seats[index] ?? '' : `${seats[index]}, ${name.replace(/_/g, ' ')}`, at, value);
    });
    for (const result of resultsOf(tree, period.pk, own)) {
      for (const [name, value] of Object.entries(result.data.data)) if (!name.startsWith('_')) put(title(name), at, value);
    }
  });
  return { orders: played.map(period => period.data.order), series: [...lines].slice(0, MOST).map(([label, values]) => ({ label, values })) };
}
