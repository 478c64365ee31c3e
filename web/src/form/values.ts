// What somebody typed becomes what is sent; what is wrong with it is said before it is sent, where that is certain.
import { texts } from '../texts';
import type { Data } from '../model/rows';
import { shown } from '../model/standing';
import type { Field } from './fields';

/** Is a comma what this browser's number pad offers for decimals? Elsewhere `1,000` is a thousand, and nobody guesses. Asked late: the
 * first number in a local format takes a slow phone a tenth of a second. */
const decimalComma = () => (1.5).toLocaleString().includes(',');

/** The texts in the inputs, by field. */
export type Typed = Record<string, string>;

/** What is wrong, and in which field. */
export interface Fault {
  field: string;
  sentence: string;
}

/** What is sent for the texts, or what is wrong with them. A text that is no number goes as it is: the game says why not. */
export function read(fields: Field[], typed: Typed): { values: Data } | { fault: Fault } {
  const values: Data = {};
  for (const field of fields) {
    const text = (typed[field.name] ?? '').trim();
    if (text === '' && field.kind !== 'switch') {
      if (field.required) return { fault: { field: field.name, sentence: field.kind === 'choice' ? texts.form.choose : texts.form.empty } };
      continue;
    }
    const wrong = beyond(field, text);
    if (wrong) return { fault: { field: field.name, sentence: wrong } };
    try {
      values[field.name] = value(field, text);
    } catch {
      return { fault: { field: field.name, sentence: texts.form.json } };
    }
  }
  return { values };
}

/** The texts that stand for a stored decision. */
export function typedOf(fields: Field[], data: Data): Typed {
  const known = fields.filter(({ name }) => data[name] !== undefined && data[name] !== null);
  return Object.fromEntries(known.map(({ name, kind }) => {
    const stored = data[name];
    return [name, typeof stored === 'string' && kind !== 'choice' && kind !== 'json' ? stored : JSON.stringify(stored)];
  }));
}

/** `1 to 10`, `at least 0`, `more than 0`; empty without limits. */
export function limits({ minimum, maximum, above, below, step }: Field): string {
  const low = minimum === undefined ? '' : above ? texts.form.above(shown(minimum)) : texts.form.atLeast(shown(minimum));
  const high = maximum === undefined ? '' : below ? texts.form.below(shown(maximum)) : texts.form.atMost(shown(maximum));
  const range = low && high && !above && !below ? [texts.form.between(shown(minimum), shown(maximum))] : [low, high];
  return [...range, step === undefined || step === 1 ? '' : texts.form.step(shown(step))].filter(Boolean).join(', ');
}

/** The field that a refusal is about: those of the service begin with its name. */
export function fieldOf(sentence: string, fields: Field[]): string | undefined {
  if (fields.length === 1) return fields[0]?.name;
  return fields.find(({ name }) => sentence.startsWith(name) && /^[:.[]/.test(sentence.slice(name.length)))?.name;
}

function value({ kind }: Field, text: string): unknown {
  switch (kind) {
    case 'number':
    case 'integer': {
      const number = Number(text.includes(',') && decimalComma() ? text.replace(',', '.') : text);
      return Number.isFinite(number) ? number : text;
    }
    case 'switch': return text === 'true';
    case 'choice':
    case 'json': return JSON.parse(text) as unknown;
    default: return text;
  }
}

function beyond(field: Field, text: string): string {
  if (field.kind !== 'number' && field.kind !== 'integer') return '';
  const number = Number(value(field, text));
  const { minimum = -Infinity, maximum = Infinity, above, below } = field;
  const outside = number < minimum || number > maximum || (above && number === minimum) || (below && number === maximum);
  return outside ? texts.form.outside(limits(field)) : '';
}
