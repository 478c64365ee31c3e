import { describe, expect, it } from 'vitest';
import { numbers, spread } from '../src/leader/spread';
import { overview, passes } from '../src/leader/overview';
import type { Resource, Resources } from '../src/model/rows';
import { Tree } from '../src/model/tree';

const put = (tree: Tree, resource: Resource, pk: number, members: object) =>
  tree.put(resource, pk, { created: '2026-11-21T12:00:00Z', updated: '2026-11-21T12:00:00Z', data: {}, ...members } as unknown as Resources[Resource]);

/** Two worlds of two: the first is in its second period, the second still in its first. */
function run(): Tree {
  const tree = Tree.empty();
  for (const world of [1, 2]) {
    put(tree, 'world', world, { run: 9, name: `World ${world}` });
    put(tree, 'scenario', world, { world, name: 'S' });
    put(tree, 'period', world * 10 + 1, { scenario: world, order: 1 });
    for (const role of [1, 2]) {
      put(tree, 'runuser', world * 10 + role, { run: 9, world, role, role_name: ['', 'Buyer', 'Seller'][role], active: true, leader: false, online: role === 1, email: `p${world}${role}@x` });
    }
  }
  put(tree, 'decision', 1, { period: 11, role: 1, name: 'decision', data: { price: 4 } });
  put(tree, 'result', 1, { period: 11, role: null, name: 'result', data: { profit: 10, _turn: { x: 1 } } });
  put(tree, 'period', 12, { scenario: 1, order: 2 });
  put(tree, 'decision', 2, { period: 21, role: 1, name: 'decision', data: { price: 6 } });
  return tree;
}

describe('what a leader sees of all worlds', () => {
  it('is who they wait for, who is offline, and who is behind', () => {
    const roles = [{ id: 1, name: 'Buyer' }, { id: 2, name: 'Seller' }, { id: 3, name: 'Bank' }];
    const [first, second] = overview(run(), 9, roles, 'Player');
    expect(first).toMatchObject({ order: 2, waiting: ['Buyer', 'Seller'], blocking: true, behind: false, offline: 1 });
    expect(second).toMatchObject({ order: 1, waiting: ['Seller'], blocking: true, behind: true });
    expect(second?.seats.map(({ role, mark }) => [role, mark])).toEqual([['Buyer', 'submitted'], ['Seller', 'offline'], ['Bank', 'empty']]);
    expect([first, second].map(world => world && passes('behind', world))).toEqual([false, true]);
  });

  it('is mean, highest and lowest of each number, of the periods that are over', () => {
    const tree = run();
    put(tree, 'result', 2, { period: 21, role: null, name: 'result', data: { profit: 20 } });
    const all = numbers(tree, 9, 'Player');
    expect([...all.keys()]).toEqual(['Profit', 'Buyer: Price']);
    const lines = spread(all.get('Profit') ?? new Map(), { mean: 'Mean', highest: 'Highest', lowest: 'Lowest' });
    expect(lines).toEqual({ orders: [1], series: [{ label: 'Mean', values: [15] }, { label: 'Highest', values: [20] }, { label: 'Lowest', values: [10] }] });
  });
});
