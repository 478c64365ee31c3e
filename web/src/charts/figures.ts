// The numbers behind the charts of a game's hints: of one world for who sits there, and of all of them for a class. Nothing here draws.
import type { Row } from '../model/rows';
import { decisionOf, players, resultsOf, standing, title } from '../model/standing';
import type { Tree } from '../model/tree';
import type { Lines } from '../shared/series';
import type { Fold, Hint, Source } from './hints';

/** A seat, and what it is called in charts. */
export interface Named {
  seat: Row<'runuser'>;
  name: string;
}

/** One world, as charts see it. */
export interface Table {
  name: string;
  seats: Named[];
  /** Those that have a result, oldest first. */
  periods: Row<'period'>[];
}

/** How much the numbers of one seat, or one role, vary, as a multiple of how much something else varies. */
export interface Ratio {
  name: string;
  /** Null where nothing varies, or too little was played. */
  value: number | null;
}

const stepped = (tree: Tree, period: Row<'period'>) => resultsOf(tree, period.pk).length > 0;

/** A table from its periods, in whatever order they are. */
export function tableOf(tree: Tree, name: string, seats: Named[], periods: Row<'period'>[]): Table {
  const played = periods.filter(period => stepped(tree, period)).sort((a, b) => a.data.order - b.data.order);
  return { name, seats, periods: played };
}

/** All worlds of a run; seats are called by their roles alone, as nobody is to be known by name. */
export function tablesOf(tree: Tree, run: number, otherwise: string): Table[] {
  return tree.children('world', 'run', run).map(world => {
    const seats = players(tree, world.pk).map(seat => ({ seat, name: seat.data.role_name ?? otherwise }));
    return tableOf(tree, world.data.name, seats, standing(tree, { world: world.pk }).periods);
  }).filter(({ periods }) => periods.length > 0);
}

/** The numbers of a field in one period: under the names of seats, or under `''` where it is the whole table's. With `start` they are of what the
 * game began with. */
export function valuesIn(tree: Tree, source: Source, field: string, period: number, seats: Named[], word: 'result' | 'start' = 'result'): [string, number][] {
  const found: [string, number][] = [];
  const put = (name: string, value: unknown) => {
    if (typeof value === 'number') found.push([name, value]);
    // A number for each of something, by its name.
    else if (name === '' && typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) if (typeof one === 'number') found.push([title(key), one]);
    }
  };
  if (source === 'decision') {
    for (const { seat, name } of seats) put(name, decisionOf(tree, period, seat)?.data.data[field]);
    return found;
  }
  for (const { data } of resultsOf(tree, period, undefined, word)) {
    if (data.role === null) put('', data.data[field]);
    else {
      const several = seats.filter(({ seat }) => seat.data.role === data.role);
      const owner = seats.find(({ seat }) => data.name === `${word}.${seat.pk}`) ?? (several.length === 1 ? several[0] : undefined);
      if (owner) put(owner.name, data.data[field]);
    }
  }
  return found;
}

/** A line for each name over the periods of some tables; where a name has several numbers in a period, it is their mean. */
export function linesOf(tree: Tree, hint: Hint, tables: Table[]): Lines {
  const orders = [...new Set(tables.flatMap(({ periods }) => periods.map(({ data }) => data.order)))].sort((a, b) => a - b);
  const at = new Map(orders.map((order, index) => [order, index]));
  const lines = new Map<string, number[][]>();
  for (const { seats, periods } of tables) {
    for (const period of periods) {
      for (const [name, value] of valuesIn(tree, hint.source, hint.name, period.pk, seats)) {
        const line = lines.get(name) ?? orders.map(() => []);
        lines.set(name, line);
        line[at.get(period.data.order) ?? 0]?.push(value);
      }
    }
  }
  // By role, as the seats are: whoever looks from one chart to the next finds the same line for the same role.
  const places = [...new Set(tables.flatMap(({ seats }) => seats.map(({ name }) => name)))];
  const place = (name: string) => (places.includes(name) ? places.indexOf(name) : places.length);
  return { orders, series: [...lines].sort(([a], [b]) => place(a) - place(b)).map(([name, values]) => ({ label: name || hint.label, values: values.map(all => (all.length > 0 ? mean(all) : null)) })) };
}

/** The one number of a world. */
export function barOf(tree: Tree, hint: Hint, fold: Fold, { seats, periods }: Table): number | null {
  const each = periods.map(period => valuesIn(tree, hint.source, hint.name, period.pk, seats).map(([, value]) => value)).filter(values => values.length > 0);
  const newest = each[each.length - 1];
  if (!newest) return null;
  const all = each.reduce((some, values) => some.concat(values), []);
  return fold === 'total' ? all.reduce((sum, value) => sum + value, 0) : mean(fold === 'mean' ? all : newest);
}

/** For each name at a table: the variance of its numbers over the periods, divided by that of what the hint names. */
export function ratiosOf(tree: Tree, hint: Hint, { seats, periods }: Table): Ratio[] {
  const series = new Map<string, number[]>();
  const base: number[] = [];
  for (const [at, period] of periods.entries()) {
    for (const [name, value] of valuesIn(tree, hint.source, hint.name, period.pk, seats)) series.set(name, [...series.get(name) ?? [], value]);
    const earlier = periods[at - 1];
    const results = !hint.before ? valuesIn(tree, 'result', hint.ratioTo, period.pk, seats)
      : earlier ? valuesIn(tree, 'result', hint.ratioTo, earlier.pk, seats) : valuesIn(tree, 'result', hint.ratioTo, period.pk, seats, 'start');
    const told = [...results, ...valuesIn(tree, 'decision', hint.ratioTo, period.pk, seats)];
    // The whole table's number, or that of the first seat that has one: in a chain, the one nearest to the customers.
    const number = told.find(([name]) => name === '') ?? seats.map(({ name }) => told.find(([of]) => of === name)).find(Boolean);
    if (number) base.push(number[1]);
  }
  const under = base.length > 1 ? variance(base) : 0;
  return [...series].map(([name, values]) => ({ name: name || hint.label, value: under > 0 && values.length > 1 ? variance(values) / under : null }));
}

/** For each role: the mean of its ratios in all worlds that have one, and how far they lie apart. */
export function classRatios(tree: Tree, hint: Hint, tables: Table[]): { name: string; mean: number; lowest: number; highest: number }[] {
  const all = new Map<string, number[]>();
  for (const table of tables) {
    for (const { name, value } of ratiosOf(tree, hint, table)) if (value !== null) all.set(name, [...all.get(name) ?? [], value]);
  }
  return [...all].map(([name, values]) => ({ name, mean: mean(values), lowest: Math.min(...values), highest: Math.max(...values) }));
}

export function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean square of what lies between the values and their mean. */
export function variance(values: number[]): number {
  const middle = mean(values);
  return mean(values.map(value => (value - middle) ** 2));
}
