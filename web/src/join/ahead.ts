// What somebody needs who will sign in without being asked anything is under way before the page is drawn: on a slow phone both take long.
import { tab } from '../model/memory';
import { openAhead } from '../wamp/socket';
import { follow, type Entrance } from './door';
import { wayOf } from './way';

let asked: Promise<Entrance> | null = null;

/** Asks for the seat of a personal link and opens the line, where the address or this tab says that they will be wanted. */
export function setOff(): void {
  const known = tab.get('login') !== null;
  const token = wayOf(location.pathname)?.token;
  if (known || token) openAhead();
  if (known || !token) return;
  asked = follow(token);
  // Whoever waits for it hears of it; nobody may do so yet.
  asked.catch(() => undefined);
}

/** The seat of a personal link: what has been asked for already, once. */
export function entrance(token: string): Promise<Entrance> {
  const early = asked;
  asked = null;
  return early ?? follow(token);
}
