// The rows of a run as the service shows them. `data` of each is the game's own JSON, and the service's under `_turn`.

export type Data = Record<string, unknown>;

/** What every row has. */
interface Common {
  created: string;
  /** Grows with every change of the row. */
  updated: string;
  data: Data;
}

export interface Run extends Common { name: string; active: boolean; phase: number | null }
export interface World extends Common { name: string; run: number }
export interface RunUser extends Common {
  user: number; run: number; world: number | null; role: number | null; role_name?: string;
  email: string; first_name: string; last_name: string; leader: boolean; active: boolean; online: boolean;
}
export interface Scenario extends Common { name: string; world: number | null; runuser: number | null }
export interface Period extends Common { order: number; scenario: number }
export interface Decision extends Common { name: string; period: number; role: number | null }
export type Result = Decision;

export interface Resources {
  run: Run; world: World; runuser: RunUser; scenario: Scenario; period: Period; decision: Decision; result: Result;
}
export type Resource = keyof Resources;

/** A row under its primary key. */
export interface Row<R extends Resource = Resource> {
  resource: R;
  pk: number;
  data: Resources[R];
}

/** A scope as `get_scope_tree` tells it. */
export interface Scope<R extends Resource = Resource> {
  resource_name: R;
  pk: number;
  data: Resources[R];
  children?: Scope[];
  /** Of a world: the number of its last change. */
  rev?: number;
  /** The time of the service, where something below tells of a time. */
  now?: string;
}

export interface Phase { id: number; name: string; order: number }
export interface Role { id: number; name: string }

/** What the service keeps with a row: who decided, how long there is time, what went wrong. */
export interface Turn {
  deadline?: string;
  paused?: 'leader' | 'phase';
  left?: number;
  waits?: 'wait' | 'absent' | 'late' | 'players' | 'undecided';
  /** Of a period, what ended it; of a result, that the game is over. */
  over?: 'deadline' | 'leader' | true;
  by?: string;
  bot?: unknown;
  /** Of a world: since when nobody plays there any more. */
  dissolved?: string;
  failed?: { reason: string };
  limit?: { seconds: number } | null;
}

export function turn(row: { data: { data: Data } } | undefined): Turn {
  return (row?.data.data?._turn ?? {}) as Turn;
}

/** The members that are the game's, without the service's own. */
export function visible(data: Data | null | undefined): Data {
  return Object.fromEntries(Object.entries(data ?? {}).filter(([name]) => !name.startsWith('_')));
}
