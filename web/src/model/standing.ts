// Where a table stands: derived from the rows, for the pages of students and leaders alike.
import { turn, visible, type Data, type Decision, type Phase, type Row } from './rows';
import { texts } from '../texts';
import type { Tree } from './tree';

/** Whose scenarios are meant: those of a world, or of a run user who plays alone. */
export type Table = { world: number } | { runuser: number };

export interface Standing {
  scenario: Row<'scenario'> | undefined;
  /** The newest, which is the one that is decided. */
  period: Row<'period'> | undefined;
  /** Newest first. */
  periods: Row<'period'>[];
}

/** The newest scenario of a table that has a period, and its periods. */
export function standing(tree: Tree, table: Table): Standing {
  const [parent, pk] = 'world' in table ? ['world', table.world] as const : ['runuser', table.runuser] as const;
  for (const scenario of tree.children('scenario', parent, pk).reverse()) {
    const periods = tree.children('period', 'scenario', scenario.pk).sort((a, b) => b.data.order - a.data.order);
    if (periods.length > 0) return { scenario, period: periods[0], periods };
  }
  return { scenario: undefined, period: undefined, periods: [] };
}

/** The players who sit at a world's table, by role. */
export function players(tree: Tree, world: number): Row<'runuser'>[] {
  return tree.children('runuser', 'world', world).filter(({ data }) => data.active && !data.leader)
    .sort((a, b) => (a.data.role ?? 0) - (b.data.role ?? 0) || a.pk - b.pk);
}

/** Is it a period of what this seat plays alone? There everything is the seat's, also where nobody has given it a role. */
function isOwn(tree: Tree, period: number, seat: Row<'runuser'>): boolean {
  return tree.get('scenario', tree.get('period', period)?.data.scenario)?.data.runuser === seat.pk;
}

/** What a seat has decided in a period: under its own name where its role has several seats, under its role otherwise. */
export function decisionOf(tree: Tree, period: number, seat: Row<'runuser'>): Row<'decision'> | undefined {
  const own = isOwn(tree, period, seat);
  const found = tree.children('decision', 'period', period)
    .filter(({ data }) => data.name === `decision.${seat.pk}` || ((own || data.role === seat.data.role) && !/^decision\.\d+$/.test(data.name)));
  return found[found.length - 1];
}

/** What came of a period, or what the game began with before it (`start`): what the whole table is told, and what a seat is told alone. Without a
 * seat, all that is known. */
export function resultsOf(tree: Tree, period: number, seat?: Row<'runuser'>, word: 'result' | 'start' = 'result'): Row<'result'>[] {
  const begins = ({ data: { name } }: Row<'result'>) => name === 'start' || name.startsWith('start.');
  const own = seat !== undefined && isOwn(tree, period, seat);
  const concerns = ({ data: { name, role } }: Row<'result'>) => own || role === null || name.endsWith(`.${seat?.pk}`) || (role === seat?.data.role && !/\.\d+$/.test(name));
  return tree.children('result', 'period', period).filter(row => begins(row) === (word === 'start') && (!seat || concerns(row)));
}

/** Has the game ended with this period, by what came of it or by how long it is? */
export function ended(tree: Tree, period: Row<'period'> | undefined, periods: number | null | undefined): boolean {
  const results = period ? resultsOf(tree, period.pk) : [];
  return results.some(row => turn(row).over !== undefined) || (results.length > 0 && typeof periods === 'number' && (period?.data.order ?? 0) >= periods);
}

/** Why the last step of a scenario failed, in the game's or the service's words. */
export function failure(scenario: Row<'scenario'> | undefined): string {
  return turn(scenario).failed?.reason ?? '';
}

export function phaseOf(run: Row<'run'> | undefined, phases: Phase[]): Phase | undefined {
  return phases.find(({ id }) => id === run?.data.phase);
}

/** What a person is called: their name, or the beginning of their address. */
export function nameOf(seat: Row<'runuser'>): string {
  const { first_name, last_name, email } = seat.data;
  return [first_name, last_name].filter(Boolean).join(' ') || email.split('@')[0] || String(seat.pk);
}

/** Roles name the columns of a table; where several sit in one role, their names do too. */
export function seatName(seat: Row<'runuser'>, table: Row<'runuser'>[], otherwise: string): string {
  const role = seat.data.role_name ?? otherwise;
  const several = table.filter(({ data }) => data.role === seat.data.role).length > 1;
  return several ? `${role} ${nameOf(seat)}` : role;
}

/** A value as people read it: a number without the noise of its last digits, a list as its items, an object as its members by name. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? texts.form.yes : texts.form.no;
  if (Array.isArray(value)) return value.map(shown).join(', ') || texts.history.none;
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([name, one]) => `${name.replace(/_/g, ' ')}: ${shown(one)}`).join('; ') || texts.history.none;
  return texts.history.none;
}

/** `order_quantity` as `Order quantity`. */
export function title(name: string): string {
  const words = name.replace(/_/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `2.4` for one member, `price 2, quantity 3` for several. */
export function described(data: Data | undefined, named = false): string {
  const members = Object.entries(visible(data));
  const only = members[0];
  if (members.length === 1 && only && !named) return shown(only[1]);
  return members.map(([name, value]) => `${name.replace(/_/g, ' ')} ${shown(value)}`).join(', ');
}

/** Was this decided by somebody else than the person in the seat? */
export function decidedBy(decision: Row<'decision'> | undefined): string {
  return (decision && turn(decision as Row<'decision'> & { data: Decision }).by) ?? '';
}
