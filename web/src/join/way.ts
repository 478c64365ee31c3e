// By which address somebody came: `/join/<code>` on the wall, `/j/<token>` in a mail to one person.
import { comeBack, follow, type Entrance } from './door';
import { kept } from './kept';

export interface Way {
  code: string;
  token: string;
}

export function wayOf(path: string): Way | null {
  const [, place, rest = ''] = /^\/(join|j)\/([^/]+)\/?$/.exec(path) ?? [];
  if (!place) return null;
  const word = decodeURIComponent(rest);
  return place === 'join' ? { code: word.toUpperCase(), token: '' } : { code: '', token: word };
}

/** Another ticket for the same seat when the one before has run out; null where only the person can get one. */
export async function renewed(way: Way | null): Promise<Entrance | null> {
  const returnCode = way?.code ? kept(way.code)?.returnCode : undefined;
  if (way?.token) return follow(way.token);
  return way && returnCode ? comeBack(way.code, returnCode) : null;
}
