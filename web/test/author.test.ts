import { describe, expect, it } from 'vitest';
import { changesBetween, look } from '../src/author/changes';
import { exampleOf, uriOf } from '../src/author/procedures';
import type { GameSchema } from '../src/form/schema';
import type { Resource, Resources } from '../src/model/rows';
import { Tree } from '../src/model/tree';

function put(tree: Tree, resource: Resource, pk: number, updated: string, members: object): void {
  tree.put(resource, pk, { created: '2026-11-21T12:00:00Z', updated, data: {}, ...members } as unknown as Resources[Resource]);
}

describe('what an author sees of a step', () => {
  it('is each row that is new, gone or other than before, with its members, and nothing of rows that only got another time', () => {
    const tree = Tree.empty();
    put(tree, 'world', 1, '1', { run: 9, name: 'World 1' });
    put(tree, 'period', 2, '1', { scenario: 7, order: 1, data: { _turn: { deadline: 'soon' } } });
    put(tree, 'decision', 3, '1', { period: 2, role: 1, name: 'decision', data: { operand: 1 } });
    const before = look(tree);
    put(tree, 'world', 1, '2', { run: 9, name: 'World 1' });
    put(tree, 'period', 2, '2', { scenario: 7, order: 1, data: { _turn: { over: 'leader' } } });
    put(tree, 'result', 4, '2', { period: 2, role: null, name: 'result', data: { quotient: 2 } });
    tree.remove('decision', 3);
    expect(changesBetween(before, look(tree))).toEqual([
      { resource: 'period', pk: 2, how: 'changed', members: [{ name: 'data._turn', before: '{"deadline":"soon"}', after: '{"over":"leader"}' }] },
      { resource: 'result', pk: 4, how: 'new', members: [
        { name: 'data.quotient', before: '', after: '2' }, { name: 'period', before: '', after: '2' }, { name: 'role', before: '', after: 'null' }, { name: 'name', before: '', after: '"result"' }] },
      { resource: 'decision', pk: 3, how: 'gone', members: [] },
    ]);
    expect(changesBetween(look(tree), look(tree))).toEqual([]);
  });
});

describe('a call of an author', () => {
  it('has the pk where the pattern leaves it open, and the fields of a decision by name', () => {
    const submit = { uri: 'a.b.model.period..submit_decision', resource: 'period' };
    expect(uriOf(submit, '17')).toBe('a.b.model.period.17.submit_decision');
    expect(uriOf({ uri: 'a.b.ready', resource: '' }, '17')).toBe('a.b.ready');
    const schema = { decision: { required: ['amount', 'mode', 'why'], properties: {
      amount: { type: 'integer', minimum: 3 }, mode: { enum: ['fast', 'slow'] }, why: { type: 'string' }, more: { type: 'number' } } } } as unknown as GameSchema;
    expect(JSON.parse(exampleOf(submit, schema))).toEqual({ amount: 3, mode: 'fast', why: '' });
    expect(exampleOf({ uri: 'a.b.model.run..start', resource: 'run' }, schema)).toBe('{}');
  });
});
