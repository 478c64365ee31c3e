import { describe, expect, it } from 'vitest';
import type { Resources, Scope } from '../src/model/rows';
import { decisionOf, standing } from '../src/model/standing';
import { Tree } from '../src/model/tree';

const at = (second: number) => `2026-11-21T12:00:${String(second).padStart(2, '0')}.000000Z`;
const row = (members: object, second = 0) => ({ created: at(0), updated: at(second), data: {}, ...members }) as unknown as Resources['period'];
const seat = (pk: number, role: number) => ({ resource: 'runuser' as const, pk, data: row({ world: 1, run: 1, role, active: true }) as unknown as Resources['runuser'] });

function world(): Scope {
  const period = (pk: number, order: number): Scope => ({ resource_name: 'period', pk, data: row({ order, scenario: 5 }), children: [] });
  const scenario = { resource_name: 'scenario', pk: 5, data: row({ world: 1, name: 'S' }), children: [period(8, 1), period(9, 2)] } as unknown as Scope;
  return { resource_name: 'world', pk: 1, data: row({ run: 1, name: 'World 1' }) as unknown as Resources['world'], children: [scenario], rev: 4 };
}

describe('the tree', () => {
  it('keeps the newest of each row, in whatever order they come', () => {
    const tree = Tree.empty();
    tree.put('decision', 1, row({ period: 8, role: 1, name: 'decision', data: { operand: 2 } }, 2) as unknown as Resources['decision']);
    tree.put('decision', 1, row({ period: 8, role: 1, name: 'decision', data: { operand: 1 } }, 1) as unknown as Resources['decision']);
    expect(tree.get('decision', 1)?.data.data).toEqual({ operand: 2 });
  });

  it('does not bring back what was deleted', () => {
    const tree = Tree.empty();
    tree.graft(world());
    tree.remove('period', 9);
    tree.put('period', 9, row({ order: 2, scenario: 5 }, 30));
    expect(standing(tree, { world: 1 }).period?.pk).toBe(8);
  });

  it('takes away what is below a row that goes, but not the people in a world', () => {
    const tree = Tree.empty();
    tree.graft(world());
    tree.put('runuser', 3, seat(3, 1).data);
    tree.remove('world', 1);
    expect(tree.get('period', 8)).toBeUndefined();
    expect(tree.get('runuser', 3)).toBeDefined();
  });

  it('forgets what a new snapshot does not have', () => {
    const tree = Tree.empty();
    tree.graft(world());
    tree.put('decision', 4, row({ period: 9, role: 1, name: 'decision' }) as unknown as Resources['decision']);
    tree.replace(world());
    expect(tree.get('decision', 4)).toBeUndefined();
    expect(tree.get('period', 9)).toBeDefined();
  });

  it('follows somebody who is moved to another world', () => {
    const tree = Tree.empty();
    tree.put('runuser', 3, seat(3, 1).data);
    tree.put('runuser', 3, { ...seat(3, 1).data, world: 2, updated: at(9) });
    expect(tree.children('runuser', 'world', 1)).toEqual([]);
    expect(tree.children('runuser', 'world', 2).map(({ pk }) => pk)).toEqual([3]);
  });

  it('knows whose decision is whose', () => {
    const tree = Tree.empty();
    const put = (pk: number, name: string, role: number) => tree.put('decision', pk, row({ period: 8, role, name }) as unknown as Resources['decision']);
    put(1, 'decision', 1);
    put(2, 'decision.12', 2);
    expect(decisionOf(tree, 8, seat(11, 1))?.pk).toBe(1);
    expect(decisionOf(tree, 8, seat(12, 2))?.pk).toBe(2);
    expect(decisionOf(tree, 8, seat(13, 2))).toBeUndefined();
  });
});
