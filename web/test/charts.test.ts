import { describe, expect, it } from 'vitest';
import { barOf, classRatios, linesOf, ratiosOf, tablesOf, variance } from '../src/charts/figures';
import { hintsOf, labelOf } from '../src/charts/hints';
import type { GameSchema } from '../src/form/schema';
import type { Resource, Resources } from '../src/model/rows';
import { Tree } from '../src/model/tree';

const ROLES = ['Retailer', 'Wholesaler', 'Distributor', 'Factory'];

/** A chain of four: what is ordered is drawn by role and held against what customers wanted, and costs are compared between worlds. */
const SCHEMA = {
  title: 'Beer', options: null, phases: [],
  decision: { properties: { order: { type: 'integer', title: 'Order', 'x-chart': { lines: 'role', variance_ratio_to: 'demand' } }, note: { type: 'string', 'x-chart': 'loud' } } },
  result: { properties: { demand: { type: 'integer', title: 'Customer demand' } } },
  part: { properties: { cost: { type: 'number', unit: '$', 'x-chart': { bars: 'world', of: 'total' } }, stock: { type: 'integer', 'x-chart': { lines: 'role', bars: 'world' } } } },
} as unknown as GameSchema;

function put(tree: Tree, resource: Resource, pk: number, members: object): void {
  tree.put(resource, pk, { created: '2026-11-21T12:00:00Z', updated: '2026-11-21T12:00:00Z', data: {}, ...members } as unknown as Resources[Resource]);
}

/** In the second world everybody orders what the customers want; in the first each swings twice as far as the one before. A third has only begun. */
function classOf(): Tree {
  const tree = Tree.empty();
  for (const world of [1, 2, 3]) {
    put(tree, 'world', world, { run: 9, name: `World ${world}` });
    put(tree, 'scenario', world, { world, name: 'S' });
    ROLES.forEach((role, index) => put(tree, 'runuser', world * 10 + index, { run: 9, world, role: index + 1, role_name: role, active: true, leader: false, online: true, email: `${role}${world}@x` }));
    [4, 8, 6].forEach((demand, at) => {
      const period = world * 100 + at;
      put(tree, 'period', period, { scenario: world, order: at + 1 });
      if (world === 3) return;
      put(tree, 'result', period * 10, { period, role: null, name: 'result', data: { demand } });
      ROLES.forEach((_, index) => {
        const swing = world === 1 ? 2 ** (index + 1) : 1;
        put(tree, 'decision', period * 10 + index + 1, { period, role: index + 1, name: 'decision', data: { order: 6 + (demand - 6) * swing } });
        put(tree, 'result', period * 10 + index + 1, { period, role: index + 1, name: 'result', data: { cost: world, stock: at } });
      });
    });
    put(tree, 'result', world * 5000, { period: world * 100, role: 1, name: 'start', data: { stock: 99 } });
  }
  return tree;
}

const tree = classOf();
const tables = tablesOf(tree, 9, 'Player');
const hints = hintsOf(SCHEMA);
const hint = (name: string) => {
  const found = hints.find(one => one.name === name);
  if (!found) throw new Error(`no hint for ${name}`);
  return found;
};

describe('charts from the hints of a game', () => {
  it('are those that its schemas name, and nothing that is not understood', () => {
    expect(hints.map(({ source, name, lines, bars, ratioTo }) => [source, name, lines, bars, ratioTo])).toEqual([
      ['decision', 'order', true, null, 'demand'], ['result', 'cost', false, 'total', ''], ['result', 'stock', true, 'last', '']]);
    expect([labelOf(SCHEMA, 'demand'), labelOf(SCHEMA, 'not_there')]).toEqual(['Customer demand', 'not there']);
    expect(hintsOf(null)).toEqual([]);
  });

  it('draw a line for each role over the periods, and leave out worlds in which nothing was stepped', () => {
    expect(tables.map(({ name }) => name)).toEqual(['World 1', 'World 2']);
    const lines = linesOf(tree, hint('order'), tables.slice(0, 1));
    expect(lines.orders).toEqual([1, 2, 3]);
    expect(lines.series).toEqual([
      { label: 'Retailer', values: [2, 10, 6] }, { label: 'Wholesaler', values: [-2, 14, 6] },
      { label: 'Distributor', values: [-10, 22, 6] }, { label: 'Factory', values: [-26, 38, 6] }]);
    const [retailer] = linesOf(tree, hint('order'), tables).series;
    expect(retailer).toEqual({ label: 'Retailer', values: [3, 9, 6] });
    expect(linesOf(tree, hint('stock'), tables).series.map(({ values }) => values)).toEqual([[0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2]]);
  });

  it('give each world one number: of all periods, or of the newest', () => {
    expect(tables.map(table => barOf(tree, hint('cost'), 'total', table))).toEqual([12, 24]);
    expect(tables.map(table => barOf(tree, hint('stock'), 'last', table))).toEqual([2, 2]);
    expect(tables.map(table => barOf(tree, hint('stock'), 'mean', table))).toEqual([1, 1]);
  });

  it('say how much more each role varies than what it answers to', () => {
    const [first, second] = tables;
    expect(first && ratiosOf(tree, hint('order'), first).map(({ name, value }) => [name, value])).toEqual([['Retailer', 4], ['Wholesaler', 16], ['Distributor', 64], ['Factory', 256]]);
    expect(second && ratiosOf(tree, hint('order'), second).map(({ value }) => value)).toEqual([1, 1, 1, 1]);
    expect(classRatios(tree, hint('order'), tables)[0]).toEqual({ name: 'Retailer', mean: 2.5, lowest: 1, highest: 4 });
  });

  it('set a role against what was known when it decided, where the game says so: from what it began with on', () => {
    const [table] = tables;
    const known = { ...hint('order'), ratioTo: 'stock', before: true };
    const [retailer] = table ? ratiosOf(tree, known, table) : [];
    expect(retailer?.value).toBeCloseTo(variance([2, 10, 6]) / variance([99, 0, 1]), 10);
    const property = { type: 'integer', 'x-chart': { variance_ratio_to: 'stock', known: 'before' } };
    expect(hintsOf({ ...SCHEMA, decision: { properties: { order: property } } } as unknown as GameSchema)[0]).toMatchObject({ ratioTo: 'stock', before: true });
    expect(hint('order').before).toBe(false);
  });

  it('say nothing of a ratio where nothing varies', () => {
    const [table] = tables;
    expect(table && ratiosOf(tree, hint('order'), { ...table, periods: table.periods.slice(0, 1) }).map(({ value }) => value)).toEqual([null, null, null, null]);
    expect(table && ratiosOf(tree, { ...hint('order'), ratioTo: 'nothing' }, table).map(({ value }) => value)).toEqual([null, null, null, null]);
  });
});
