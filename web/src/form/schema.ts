// What a game's decisions and results consist of. The one place that asks.
import { Refusal } from '../wamp/errors';
import type { Session } from '../wamp/session';
import type { Tree } from '../model/tree';
import { visible, type Row } from '../model/rows';
import { title } from '../model/standing';
import { fieldsOf, plain, type Field, type Schema } from './fields';

/** What `model.game.get_schema` tells. */
export interface GameSchema {
  title: string;
  decision: Schema | null;
  result: Schema | null;
  /** What a seat sees of it alone; where a game tells seats nothing of their own, there is none. */
  part?: Schema | null;
  options: Schema | null;
  phases: { name: string; accepts_decisions: boolean }[];
  /** How many periods there are, where everybody may know that. */
  periods?: number | null;
  /** Does everybody play alone, on a scenario of their own? */
  single_player?: boolean;
}

/** Asks for the game's schema; null where the service has none to tell. */
export async function schemaOf(session: Session, root: string): Promise<GameSchema | null> {
  try {
    return await session.call<GameSchema>(`${root}.model.game.get_schema`);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** The fields of a decision: those of its schema, or one for each number of an earlier decision where there is none. */
export function decisionFields(schema: GameSchema | null, tree: Tree, periods: Row<'period'>[]): Field[] {
  if (schema?.decision) return fieldsOf(schema.decision);
  for (const period of periods) {
    for (const decision of tree.children('decision', 'period', period.pk)) {
      const numbers = Object.entries(visible(decision.data.data)).filter(([, value]) => typeof value === 'number');
      if (numbers.length > 0) return numbers.map(([name]) => plain(name));
    }
  }
  return [plain('operand')];
}

/** What a member of a result is called, and its unit. */
export function resultWords(schema: GameSchema | null): (name: string) => { label: string; unit: string; help: string } {
  const fields = new Map([...schema?.result ? fieldsOf(schema.result) : [], ...schema?.part ? fieldsOf(schema.part) : []].map(field => [field.name, field]));
  return name => {
    const field = fields.get(name);
    return { label: field?.label ?? title(name), unit: field?.unit ?? '', help: field?.help ?? '' };
  };
}

/** Does this phase take decisions? Where that is not told, the service will say. */
export function takesDecisions(schema: GameSchema | null, phase: string | undefined): boolean {
  return schema?.phases.find(({ name }) => name === phase)?.accepts_decisions ?? true;
}
