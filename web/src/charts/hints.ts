// Which numbers of a game are drawn, and how: the member `x-chart` of a field's schema, as docs/charts.md tells it.
import { fieldsOf, type Schema } from '../form/fields';
import type { GameSchema } from '../form/schema';

/** Whose rows have the field: what seats decide, or what came of it. */
export type Source = 'decision' | 'result';
/** What one number of a world is made of, where it has many: those of the newest period, of all, or all of them added up. */
export type Fold = 'last' | 'mean' | 'total';

export interface Hint {
  source: Source;
  /** The member of the row. */
  name: string;
  label: string;
  unit: string;
  /** A line for each role over the periods. */
  lines: boolean;
  /** A bar for each world. */
  bars: Fold | null;
  /** The field against whose variance that of this one is set; empty for none. */
  ratioTo: string;
  /** That field's number is the one that was known when the period was decided, not what came of it. */
  before: boolean;
}

const FOLDS: Fold[] = ['last', 'mean', 'total'];

/** The hints of a game, in the order of its fields; what is not understood is left out. */
export function hintsOf(schema: GameSchema | null): Hint[] {
  const of = (source: Source, part: Schema | null | undefined) => (part ? fieldsOf(part) : []).flatMap(({ name, label, unit, chart }) => {
    if (typeof chart !== 'object' || chart === null) return [];
    const { lines, bars, of: fold, variance_ratio_to: ratioTo, known } = chart as Record<string, unknown>;
    const hint: Hint = {
      source, name, label, unit, lines: lines === 'role',
      bars: bars === 'world' ? FOLDS.find(one => one === fold) ?? 'last' : null,
      ratioTo: typeof ratioTo === 'string' ? ratioTo : '', before: known === 'before',
    };
    return hint.lines || hint.bars || hint.ratioTo ? [hint] : [];
  });
  return [...of('decision', schema?.decision), ...of('result', schema?.result), ...of('result', schema?.part)];
}

/** What a field is called. */
export function labelOf(schema: GameSchema | null, name: string): string {
  for (const part of [schema?.result, schema?.part, schema?.decision]) {
    const field = part && fieldsOf(part).find(one => one.name === name);
    if (field) return field.label;
  }
  return name.replace(/_/g, ' ');
}
