// What can be called, from the router's own list of registrations.
import type { GameSchema } from '../form/schema';
import { fieldsOf } from '../form/fields';
import type { Session } from '../wamp/session';

export interface Procedure {
  /** The URI; in a pattern one part is empty. */
  uri: string;
  /** The resource whose pk belongs there; empty where the URI is complete. */
  resource: string;
}

/** Lists all procedures, for staff. */
export async function proceduresOf(session: Session): Promise<Procedure[]> {
  const lists = await session.call<Record<string, number[]>>('wamp.registration.list');
  const ids = Object.values(lists).reduce((all, some) => all.concat(some), []);
  const all = await Promise.all(ids.map(id => session.call<{ uri: string }>('wamp.registration.get', [id])));
  return all.map(({ uri }) => ({ uri, resource: /\.([^.]+)\.\./.exec(uri)?.[1] ?? '' })).sort((a, b) => a.uri.localeCompare(b.uri));
}

/** The URI of a procedure of one scope. */
export function uriOf({ uri, resource }: Procedure, pk: string): string {
  return resource === '' ? uri : uri.replace('..', `.${pk}.`);
}

/** The keywords with which a procedure is first shown: of a decision each field, as the game's schema has it. */
export function exampleOf({ uri }: Procedure, schema: GameSchema | null): string {
  if (!uri.endsWith('.submit_decision') || !schema?.decision) return '{}';
  const fields = fieldsOf(schema.decision).filter(({ required }) => required);
  return JSON.stringify(Object.fromEntries(fields.map(field => [field.name, field.standard ?? field.choices[0]?.value ?? field.minimum ?? (field.kind === 'text' ? '' : field.kind === 'switch' ? false : 1)])));
}
