import { describe, expect, it } from 'vitest';
import { listing, ofPeriod, ordersOf } from '../src/leader/listing';
import type { Resource, Resources } from '../src/model/rows';
import { Tree } from '../src/model/tree';

const put = (tree: Tree, resource: Resource, pk: number, members: object) =>
  tree.put(resource, pk, { created: '2026-11-21T12:00:00Z', updated: '2026-11-21T12:00:00Z', data: {}, ...members } as unknown as Resources[Resource]);

describe('all periods of a run as a table', () => {
  it('has a line for each world and period, with what seats have decided and what came of it, without what the service keeps', () => {
    const tree = Tree.empty();
    for (const world of [1, 2]) {
      put(tree, 'world', world, { run: 9, name: `World ${world}` });
      put(tree, 'scenario', world, { world, runuser: null, name: 'S' });
      put(tree, 'period', world * 10, { scenario: world, order: 1 });
      ['Dividend', 'Divisor'].forEach((role, index) => put(tree, 'runuser', world * 100 + index, { run: 9, world, role: index + 1, role_name: role, active: true, leader: false }));
    }
    put(tree, 'decision', 1, { period: 10, role: 1, name: 'decision', data: { operand: 12, _turn: { by: 'bot' } } });
    put(tree, 'decision', 2, { period: 10, role: 2, name: 'decision', data: { operand: 5 } });
    put(tree, 'result', 1, { period: 10, role: null, name: 'result', data: { quotient: 2.4 } });
    put(tree, 'period', 11, { scenario: 1, order: 2 });
    put(tree, 'decision', 3, { period: 11, role: 2, name: 'decision', data: {} });
    put(tree, 'runuser', 300, { run: 9, world: null, role: null, active: true, leader: true });
    const all = listing(tree, 9, 'Player');
    expect(all.map(({ world, order }) => [world, order])).toEqual([['World 1', 2], ['World 1', 1], ['World 2', 1]]);
    expect(all[1]).toEqual({ key: 10, world: 'World 1', order: 1, decisions: [{ seat: 'Dividend', what: '12' }, { seat: 'Divisor', what: '5' }], results: ['quotient 2.4'] });
    expect(all[0]?.decisions.map(({ what }) => what)).toEqual(['', '✓']);
    expect(ordersOf(all)).toEqual([2, 1]);
    expect(ofPeriod(listing(tree, 9, 'Player'), 2).map(({ key }) => key)).toEqual([11]);
  });
});
