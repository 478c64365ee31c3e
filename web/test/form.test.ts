import { describe, expect, it } from 'vitest';
import { fieldsOf, plain, type Schema } from '../src/form/fields';
import { fieldOf, limits, read, typedOf } from '../src/form/values';

const ORDER: Schema = {
  type: 'object',
  required: ['amount', 'mode'],
  properties: {
    amount: { type: 'integer', title: 'Cases to order', description: 'From your supplier.', minimum: 0, maximum: 100 },
    price: { type: ['number', 'null'], exclusiveMinimum: 0 },
    mode: { $ref: '#/$defs/Mode' },
    urgent: { type: 'boolean' },
    parts: { type: 'array', items: { type: 'number' } } as Schema,
  },
  $defs: { Mode: { oneOf: [{ type: 'string', const: 'slow_boat', description: 'By sea' }, { type: 'string', const: 'plane' }] } },
};
const fields = fieldsOf(ORDER);

describe('a form', () => {
  it('has a field for each member of the schema, with the words of the author', () => {
    expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ['amount', 'integer', true], ['price', 'number', false], ['mode', 'choice', true], ['urgent', 'switch', false], ['parts', 'json', false]]);
    expect(fields[0]).toMatchObject({ label: 'Cases to order', help: 'From your supplier.', minimum: 0, maximum: 100 });
    expect(fields[2]?.choices).toEqual([{ value: 'slow_boat', label: 'By sea' }, { value: 'plane', label: 'Plane' }]);
  });

  it('sends numbers as numbers, choices as what they stand for, and nothing for what is left open', () => {
    const answer = read(fields, { amount: ' 12 ', mode: '"plane"', urgent: 'true', price: '' });
    expect(answer).toEqual({ values: { amount: 12, mode: 'plane', urgent: true } });
  });

  it('says which field is empty or outside its limits', () => {
    expect(read(fields, { amount: '' })).toEqual({ fault: { field: 'amount', sentence: 'Enter a number first.' } });
    expect(read(fields, { amount: '101', mode: '"plane"' })).toEqual({ fault: { field: 'amount', sentence: 'Enter a number, 0 to 100.' } });
    expect(read(fields, { amount: '1', mode: '"plane"', price: '0' })).toEqual({ fault: { field: 'price', sentence: 'Enter a number, more than 0.' } });
    expect(fields.slice(0, 2).map(limits)).toEqual(['0 to 100', 'more than 0']);
  });

  it('sends what is no number as it is, for the game to say what is wrong', () => {
    expect(read([plain('operand')], { operand: 'abc' })).toEqual({ values: { operand: 'abc' } });
    expect(read([plain('operand')], { operand: '1,000' })).toEqual({ values: { operand: '1,000' } });
  });

  it('shows a stored decision again as it was typed', () => {
    const values = { amount: 12, mode: 'plane', urgent: true };
    expect(read(fields, typedOf(fields, values))).toEqual({ values });
  });

  it('finds the field that a refusal is about', () => {
    expect(fieldOf('price: a finite number is expected, got "x"', fields)).toBe('price');
    expect(fieldOf('the market is closed', fields)).toBeUndefined();
    expect(fieldOf('Cannot divide by zero', [plain('operand')])).toBe('operand');
  });
});
