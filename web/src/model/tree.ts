// The rows that this page knows: a snapshot, and the changes since. Nothing here draws or waits.
import type { Resource, Resources, Row, Scope } from './rows';

/** Which members of a row name what it is below. */
const PARENTS: Record<Resource, Resource[]> = {
  run: [], world: ['run'], runuser: ['run', 'world'], scenario: ['world', 'runuser'], period: ['scenario'], decision: ['period'], result: ['period'],
};
const key = (resource: Resource, pk: number) => `${resource}.${pk}`;

export class Tree {
  private constructor(private readonly rows: Map<string, Row>, private readonly below: Map<string, Set<string>>, private readonly gone: Set<string>) {}

  static empty(): Tree {
    return new Tree(new Map(), new Map(), new Set());
  }

  /** The same rows as another object, so that what is derived from them is derived again. */
  renewed(): Tree {
    return new Tree(this.rows, this.below, this.gone);
  }

  /** Takes a row unless it is older than the one held, or was deleted. That somebody comes or goes keeps `updated`. */
  put(resource: Resource, pk: number, data: Resources[Resource]): boolean {
    const name = key(resource, pk);
    const held = this.rows.get(name);
    if (this.gone.has(name) || (held && held.data.updated > data.updated)) return false;
    if (held) this.unlink(held);
    const row = { resource, pk, data: { ...held?.data, ...data } } as Row;
    this.rows.set(name, row);
    for (const parent of this.parents(row)) {
      const children = this.below.get(parent) ?? new Set();
      this.below.set(parent, children.add(name));
    }
    return true;
  }

  /** Takes a row away with all that is below it; it does not come back. */
  remove(resource: Resource, pk: number): void {
    this.gone.add(key(resource, pk));
    this.drop(key(resource, pk));
  }

  /** Takes a scope with everything below it. */
  graft({ resource_name, pk, data, children = [] }: Scope): void {
    this.put(resource_name, pk, data);
    for (const child of children) this.graft(child);
  }

  /** Puts a scope in the place of what is known of it: what it has not is gone. People who sit there stay. */
  replace(scope: Scope): void {
    for (const name of [...this.below.get(key(scope.resource_name, scope.pk)) ?? []]) if (!name.startsWith('runuser.')) this.drop(name);
    this.graft(scope);
  }

  /** Every row. */
  all(): Iterable<Row> {
    return this.rows.values();
  }

  get<R extends Resource>(resource: R, pk: number | null | undefined): Row<R> | undefined {
    return this.rows.get(key(resource, pk ?? -1)) as Row<R> | undefined;
  }

  /** The rows of a resource below a row, in the order in which they were made. */
  children<R extends Resource>(resource: R, parent: Resource, pk: number | null | undefined): Row<R>[] {
    const names = this.below.get(key(parent, pk ?? -1)) ?? [];
    const rows: Row<R>[] = [];
    for (const name of names) if (name.startsWith(`${resource}.`)) rows.push(this.rows.get(name) as Row<R>);
    return rows.sort((a, b) => a.pk - b.pk);
  }

  private parents(row: Row): string[] {
    const data = row.data as unknown as Record<string, number | null | undefined>;
    return PARENTS[row.resource].flatMap(parent => (data[parent] ? [key(parent, data[parent])] : []));
  }

  private unlink(row: Row): void {
    for (const parent of this.parents(row)) this.below.get(parent)?.delete(key(row.resource, row.pk));
  }

  private drop(name: string): void {
    const row = this.rows.get(name);
    if (!row) return;
    this.unlink(row);
    this.rows.delete(name);
    // Who sat in a world that is gone is still in the run.
    for (const child of [...this.below.get(name) ?? []]) if (!(row.resource === 'world' && child.startsWith('runuser.'))) this.drop(child);
    this.below.delete(name);
  }
}
