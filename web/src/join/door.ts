// How somebody without a password comes to a seat: by a run's code, by the code to return with, by a personal link. JSON over HTTP.
import { texts } from '../texts';

/** What a code is for, and what is asked of who joins. */
export interface Door {
  run: number;
  name: string;
  title: string;
  open: boolean;
  asks: { nickname: boolean; student_number: boolean; approval: boolean };
}

/** A seat, and the ticket with which one signs in. */
export interface Entrance {
  run: number;
  user: number;
  ticket: string;
  return_code?: string;
  runuser: number;
}

/** A leader has to look first. */
export interface Waiting {
  waiting: string;
}

/** The service said no, or there was none to say anything (`code` is empty then). */
export class Turned extends Error {
  constructor(message: string, readonly code: string) {
    super(message);
  }
}

export interface Joining {
  nickname: string;
  key: string;
  student_number?: string;
}

export const look = (code: string) => ask<Door>(`/join/${encodeURIComponent(code)}`);
export const join = (code: string, joining: Joining) => ask<Entrance | Waiting>(`/join/${encodeURIComponent(code)}`, joining);
export const comeBack = (code: string, returnCode: string) => ask<Entrance>(`/join/${encodeURIComponent(code)}/return`, { return_code: returnCode });
export const follow = (token: string) => ask<Entrance>(`/j/${encodeURIComponent(token)}`, {});

async function ask<T>(path: string, body?: object): Promise<T> {
  let answer: Response;
  let said: unknown;
  try {
    answer = await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : null,
    });
    said = await answer.json().catch(() => null);
  } catch {
    throw new Turned(texts.join.away, '');
  }
  if (answer.ok && said !== null) return said as T;
  const { error, code } = (said ?? {}) as { error?: string; code?: string };
  throw new Turned(error ?? texts.join.odd(answer.status), code ?? 'odd');
}
