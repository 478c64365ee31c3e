// What a leader sees of each world at a glance: derived from the rows, without drawing anything.
import { turn, type Role, type Row, type Turn } from '../model/rows';
import { decisionOf, ended, failure, nameOf, players, resultsOf, seatName, standing, type Table } from '../model/standing';
import type { Tree } from '../model/tree';

export type Mark = 'empty' | 'waiting' | 'submitted' | 'late' | 'bot' | 'offline';

export interface SeatMark {
  key: string;
  role: string;
  name: string;
  mark: Mark;
}

export interface Overview {
  pk: number;
  name: string;
  order: number;
  turn: Turn;
  seats: SeatMark[];
  /** The seats that the world waits for, in words. */
  waiting: string[];
  failed: string;
  offline: number;
  /** The open period has no result yet and somebody is silent. */
  blocking: boolean;
  /** Others are in a later period. */
  behind: boolean;
  /** Nothing is decided there any more. */
  over: boolean;
}

export const FILTERS = ['all', 'blocking', 'offline', 'behind', 'failed'] as const;
export type Filter = typeof FILTERS[number];

/** All worlds of a run, in the order in which they were made. `otherwise` is what a player without a role is called. */
export function overview(tree: Tree, run: number, roles: Role[], otherwise: string, periods?: number | null): Overview[] {
  const all = worldsOf(tree, run).map(world => of(tree, { world: world.pk }, world.data.name, players(tree, world.pk), roles, otherwise, periods));
  return compared(all);
}

/** Everybody who plays alone, as if each had a world. */
export function alone(tree: Tree, run: number, otherwise: string, periods?: number | null): Overview[] {
  const all = tree.children('runuser', 'run', run).filter(({ data }) => data.active && !data.leader);
  return compared(all.map(player => of(tree, { runuser: player.pk }, nameOf(player), [player], [], otherwise, periods)));
}

function compared(all: Overview[]): Overview[] {
  const latest = Math.max(0, ...all.map(({ order }) => order));
  return all.map(world => ({ ...world, behind: world.order < latest && !world.over }));
}

/** The worlds in which somebody can play; of those that were dissolved only their rows are left. */
export function worldsOf(tree: Tree, run: number | undefined): Row<'world'>[] {
  return tree.children('world', 'run', run).filter(world => turn(world).dissolved === undefined);
}

export function passes(filter: Filter, world: Overview): boolean {
  switch (filter) {
    case 'all': return true;
    case 'blocking': return world.blocking;
    case 'offline': return world.offline > 0;
    case 'behind': return world.behind;
    case 'failed': return world.failed !== '';
  }
}

function of(tree: Tree, place: Table, name: string, table: Row<'runuser'>[], roles: Role[], otherwise: string, periods?: number | null): Overview {
  const { scenario, period } = standing(tree, place);
  const over = ended(tree, period, periods);
  const timing = turn(period);
  const stepped = period !== undefined && resultsOf(tree, period.pk).length > 0;
  const seats = table.map<SeatMark>(player => ({
    key: String(player.pk), role: seatName(player, table, otherwise), name: nameOf(player), mark: markOf(tree, player, period, timing),
  }));
  for (const role of roles) {
    if (!table.some(({ data }) => data.role === role.id)) seats.push({ key: `role ${role.id}`, role: role.name, name: '', mark: 'empty' });
  }
  const undecided = period && !stepped && !timing.over ? table.filter(player => !decisionOf(tree, period.pk, player)) : [];
  return {
    pk: 'world' in place ? place.world : place.runuser, name, order: period?.data.order ?? 0, turn: timing, seats,
    waiting: undecided.map(player => seatName(player, table, otherwise)), failed: failure(scenario),
    offline: seats.filter(({ mark }) => mark === 'offline').length, blocking: undecided.length > 0, behind: false, over,
  };
}

function markOf(tree: Tree, player: Row<'runuser'>, period: Row<'period'> | undefined, timing: Turn): Mark {
  if (period && decisionOf(tree, period.pk, player)) return 'submitted';
  if (turn(player).bot) return 'bot';
  if (!player.data.online) return 'offline';
  return timing.waits ? 'late' : 'waiting';
}
