// What has happened in a world, newest first, told from its rows.
import { turn, visible, type Row } from '../model/rows';
import { described, seatName, standing } from '../model/standing';
import type { Tree } from '../model/tree';

export interface Happening {
  key: string;
  /** RFC 3339. */
  at: string;
  order: number;
  kind: 'opened' | 'decided' | 'stepped';
  /** Whose decision or result it is; empty for the whole world. */
  who: string;
  /** What made the decision where no person did. */
  by: string;
  what: string;
}

export function timeline(tree: Tree, world: number, table: Row<'runuser'>[], otherwise: string): Happening[] {
  const happenings: Happening[] = [];
  for (const period of standing(tree, { world }).periods) {
    const { order } = period.data;
    happenings.push({ key: `period ${period.pk}`, at: period.data.created, order, kind: 'opened', who: '', by: '', what: '' });
    for (const row of tree.children('decision', 'period', period.pk)) {
      const seat = table.find(({ pk, data }) => row.data.name === `decision.${pk}` || (data.role === row.data.role && !/^decision\.\d+$/.test(row.data.name)));
      const who = seat ? seatName(seat, table, otherwise) : otherwise;
      happenings.push({ key: `decision ${row.pk}`, at: row.data.updated, order, kind: 'decided', who, by: turn(row).by ?? '', what: described(visible(row.data.data)) });
    }
    for (const row of tree.children('result', 'period', period.pk)) {
      const who = table.find(({ data }) => row.data.role !== null && data.role === row.data.role)?.data.role_name ?? '';
      happenings.push({ key: `result ${row.pk}`, at: row.data.updated, order, kind: 'stepped', who, by: '', what: described(visible(row.data.data), true) });
    }
  }
  return happenings.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}
