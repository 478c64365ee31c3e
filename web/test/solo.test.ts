import { describe, expect, it } from 'vitest';
import { alone, overview } from '../src/leader/overview';
import { decisionOf, ended, resultsOf, shown } from '../src/model/standing';
import type { Resource, Resources, Row } from '../src/model/rows';
import { Tree } from '../src/model/tree';

const put = (tree: Tree, resource: Resource, pk: number, members: object) =>
  tree.put(resource, pk, { created: '2026-11-21T12:00:00Z', updated: '2026-11-21T12:00:00Z', data: {}, ...members } as unknown as Resources[Resource]);
const row = (tree: Tree, pk: number) => tree.get('period', pk) as Row<'period'>;

/** Three who play alone: one is in the second period, one has only what the game began with, one has played to the end. */
function run(): Tree {
  const tree = Tree.empty();
  ['Ada', 'Bo', 'Chi'].forEach((first_name, index) => {
    const pk = index + 1;
    put(tree, 'runuser', pk, { run: 9, world: null, role: 1, role_name: 'Player', active: true, leader: false, online: true, first_name, last_name: '', email: `${first_name}@x` });
    put(tree, 'scenario', pk, { world: null, runuser: pk, name: 'S' });
    put(tree, 'period', pk * 10, { scenario: pk, order: 1 });
    put(tree, 'result', pk * 100, { period: pk * 10, role: null, name: 'start', data: { stock: 3 } });
  });
  put(tree, 'decision', 1, { period: 10, role: 1, name: 'decision', data: { move: 1 } });
  put(tree, 'result', 1, { period: 10, role: null, name: 'result', data: { total: 1 } });
  put(tree, 'period', 11, { scenario: 1, order: 2 });
  put(tree, 'decision', 3, { period: 30, role: 1, name: 'decision', data: { move: 1 } });
  put(tree, 'result', 3, { period: 30, role: null, name: 'result', data: { total: 21, _turn: { over: true } } });
  put(tree, 'runuser', 8, { run: 9, world: null, role: null, active: true, leader: true, online: true, first_name: 'Lea', last_name: '', email: 'lea@x' });
  return tree;
}

describe('a game that everybody plays alone', () => {
  it('shows its leader everybody who plays, where they are, and whose game is over', () => {
    const people = alone(run(), 9, 'Player');
    expect(people.map(({ name, order, blocking, over, behind }) => [name, order, blocking, over, behind])).toEqual([
      ['Ada', 2, true, false, false], ['Bo', 1, true, false, true], ['Chi', 1, false, true, false]]);
    expect(people[0]?.seats).toEqual([{ key: '1', role: 'Player', name: 'Ada', mark: 'waiting' }]);
    expect(overview(run(), 9, [], 'Player')).toEqual([]);
  });

  it('is over when its last result says so, or when its periods are played', () => {
    const tree = run();
    expect([10, 11, 20, 30].map(pk => ended(tree, row(tree, pk), null))).toEqual([false, false, false, true]);
    expect([10, 11, 20].map(pk => ended(tree, row(tree, pk), 1))).toEqual([true, false, false]);
    expect(ended(tree, undefined, 1)).toBe(false);
  });

  it('is the seat of whoever plays it, also of somebody who was never given a role', () => {
    const tree = run();
    put(tree, 'runuser', 4, { run: 9, world: null, role: null, active: true, leader: false });
    put(tree, 'scenario', 4, { world: null, runuser: 4, name: 'S' });
    put(tree, 'period', 40, { scenario: 4, order: 1 });
    put(tree, 'decision', 4, { period: 40, role: 1, name: 'decision', data: { move: 7 } });
    put(tree, 'result', 4, { period: 40, role: 1, name: 'result', data: { total: 7 } });
    const [ada, late] = [1, 4].map(pk => tree.get('runuser', pk) as Row<'runuser'>) as [Row<'runuser'>, Row<'runuser'>];
    expect(decisionOf(tree, 40, late)?.pk).toBe(4);
    expect(resultsOf(tree, 40, late).map(({ pk }) => pk)).toEqual([4]);
    expect(decisionOf(tree, 10, late)).toBeUndefined();
    expect(decisionOf(tree, 10, ada)?.pk).toBe(1);
  });
});

describe('a value of a game', () => {
  it('is shown in words, not as JSON', () => {
    expect([0.1 + 0.2, 'hit', true, null, ['2', 'Q'], [], { player: ['6', 'J'], won_so_far: -1 }].map(shown))
      .toEqual(['0.3', 'hit', 'Yes', '–', '2, Q', '–', 'player: 6, J; won so far: -1']);
  });
});

describe('what came of a period', () => {
  it('is what the whole table is told and what a seat is told alone; what the game began with is no result', () => {
    const tree = Tree.empty();
    const seats = [1, 2, 3].map(pk => {
      put(tree, 'runuser', pk, { run: 9, world: 5, role: pk === 3 ? 2 : 1, active: true, leader: false });
      return tree.get('runuser', pk) as Row<'runuser'>;
    });
    const names = [['start', null], ['start.1', 1], ['result', null], ['result.1', 1], ['result.2', 1], ['result', 2]] as const;
    names.forEach(([name, role], index) => put(tree, 'result', index + 1, { period: 7, role, name, data: {} }));
    const told = (seat?: Row<'runuser'>, word?: 'start') => resultsOf(tree, 7, seat, word).map(({ pk }) => pk);
    expect(told()).toEqual([3, 4, 5, 6]);
    expect(seats.map(seat => told(seat))).toEqual([[3, 4], [3, 5], [3, 6]]);
    expect(seats.map(seat => told(seat, 'start'))).toEqual([[1, 2], [1], [1]]);
  });
});
