// A line of the audit log in words.

export interface AuditLine {
  id: number;
  created: string;
  what: string;
  email?: string;
  world?: number | null;
  detail?: { args?: unknown[]; kwargs?: Record<string, unknown> };
}

/** What was said, and with what it was asked for. */
export function said({ what, detail }: AuditLine): string {
  const { text: byName, ...named } = detail?.kwargs ?? {};
  const args = [...detail?.args ?? []];
  const text = byName ?? (what === 'message' ? args.shift() : undefined);
  const rest = [...args, ...Object.entries(named).map(([name, value]) => `${name} ${JSON.stringify(value)}`)];
  return [typeof text === 'string' ? `“${text}”` : '', rest.length > 0 ? `(${rest.map(String).join(', ')})` : ''].filter(Boolean).join(' ');
}
