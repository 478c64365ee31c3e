// What has changed in a tree of rows from one look at it to the next. Nothing here draws.
import type { Resource } from '../model/rows';
import type { Tree } from '../model/tree';

/** One row that is new, gone or other than it was. */
export interface Changed {
  resource: Resource;
  pk: number;
  how: 'new' | 'gone' | 'changed';
  /** Its members that are other than they were, as JSON; of a new row all that say something. */
  members: { name: string; before: string; after: string }[];
}

/** Every member of a row that may differ, as JSON, by row. */
export type Look = Map<string, Map<string, string>>;

/** What every row has, and what says nothing by itself. */
const SILENT = new Set(['id', 'created', 'updated']);

/** What there is to see now. */
export function look(tree: Tree): Look {
  const rows: Look = new Map();
  for (const { resource, pk, data } of tree.all()) {
    const members = new Map<string, string>();
    for (const [name, value] of Object.entries(data)) {
      if (name === 'data') for (const [inner, one] of Object.entries(value as object)) members.set(`data.${inner}`, JSON.stringify(one));
      else if (!SILENT.has(name)) members.set(name, JSON.stringify(value));
    }
    rows.set(`${resource}.${pk}`, members);
  }
  return rows;
}

/** What has changed between two looks: rows that are new first, in the order in which the tree has them. */
export function changesBetween(before: Look, after: Look): Changed[] {
  const found: Changed[] = [];
  const row = (name: string) => {
    const [resource = '', pk] = name.split('.');
    return { resource: resource as Resource, pk: Number(pk) };
  };
  for (const [name, members] of after) {
    const known = before.get(name);
    const differing = [...new Set([...known?.keys() ?? [], ...members.keys()])].filter(member => known?.get(member) !== members.get(member));
    if (known && differing.length === 0) continue;
    found.push({ ...row(name), how: known ? 'changed' : 'new', members: differing.map(member => ({ name: member, before: known?.get(member) ?? '', after: members.get(member) ?? '' })) });
  }
  for (const name of before.keys()) if (!after.has(name)) found.push({ ...row(name), how: 'gone', members: [] });
  return found;
}
