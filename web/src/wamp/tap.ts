// What goes over a session's line, for the author of a game who looks on: a page in one of the author's frames tells the page around it.

/** One message, without anything that lets somebody in. */
export interface Tapped {
  /** Whose line it is: the name of the frame. */
  who: string;
  sent: boolean;
  message: unknown[];
}

const NAMED = 'author.';
const AUTHENTICATE = 5;

// Where there is no window at all, nobody looks on either.
const { name = '', parent = globalThis } = globalThis as { name?: string; parent?: unknown };

/** The name of the author's frame in which this page is; empty outside of one. */
export const frame = parent !== globalThis && name.startsWith(NAMED) ? name : '';

/** What the frame of a seat is called, by the address of who sits there. */
export const frameOf = (email: string) => NAMED + email;

/** Whose frame that is. */
export const ownerOf = (name: string) => name.replace(NAMED, '');

type Hears = (tapped: Tapped) => void;
const around: Hears | null = frame ? tapped => window.parent.postMessage({ tapped }, location.origin) : null;

/** Tells of a message, where somebody looks on. */
export function tap(sent: boolean, message: unknown[], hears: Hears | null = around): void {
  if (hears && message[0] !== AUTHENTICATE) hears({ who: frame, sent, message });
}

/** Hears what the frames tell, until the answer is called. */
export function listen(hears: Hears): () => void {
  const heard = ({ origin, data }: MessageEvent<{ tapped?: Tapped } | null>) => {
    if (origin === location.origin && data?.tapped) hears(data.tapped);
  };
  addEventListener('message', heard);
  return () => removeEventListener('message', heard);
}
