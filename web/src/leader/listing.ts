// What all worlds have decided and what came of it, a line for each world and period: derived from the rows, without drawing anything.
import { visible, type Row } from '../model/rows';
import { decisionOf, described, nameOf, players, resultsOf, seatName, standing, type Table } from '../model/standing';
import type { Tree } from '../model/tree';
import { worldsOf } from './overview';

export interface Entry {
  key: number;
  world: string;
  order: number;
  /** What each seat has decided, under the name of the seat; empty where it has not. */
  decisions: { seat: string; what: string }[];
  results: string[];
}

/** Every period of a run's worlds, or of those who play alone, the newest of each first. */
export function listing(tree: Tree, run: number, otherwise: string): Entry[] {
  const worlds = worldsOf(tree, run).map(world => linesOf(tree, world.data.name, { world: world.pk }, players(tree, world.pk), otherwise));
  const alone = tree.children('runuser', 'run', run).filter(({ data }) => data.active && !data.leader && data.world === null)
    .map(player => linesOf(tree, nameOf(player), { runuser: player.pk }, [player], otherwise));
  return [...worlds, ...alone].reduce((all, some) => all.concat(some), []);
}

function linesOf(tree: Tree, world: string, place: Table, table: Row<'runuser'>[], otherwise: string): Entry[] {
  return standing(tree, place).periods.map(({ pk, data }) => ({
    key: pk, world, order: data.order,
    decisions: table.map(seat => {
      const decision = decisionOf(tree, pk, seat);
      return { seat: seatName(seat, table, otherwise), what: decision ? described(visible(decision.data.data)) || '✓' : '' };
    }),
    results: resultsOf(tree, pk).map(row => described(visible(row.data.data), true)).filter(Boolean),
  }));
}

/** Those of the periods of this order, or all where that is null. */
export function ofPeriod(entries: Entry[], order: number | null): Entry[] {
  return order === null ? entries : entries.filter(entry => entry.order === order);
}

/** The periods that there are, newest first. */
export function ordersOf(entries: Entry[]): number[] {
  return [...new Set(entries.map(({ order }) => order))].sort((a, b) => b - a);
}
