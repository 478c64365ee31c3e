// What was said on all lines, the newest first: kept as far as somebody can read it.
import { listen, type Tapped } from '../wamp/tap';

const KINDS: Record<number, string> = { 1: 'HELLO', 2: 'WELCOME', 3: 'ABORT', 4: 'CHALLENGE', 6: 'GOODBYE', 8: 'ERROR', 16: 'PUBLISH', 17: 'PUBLISHED', 32: 'SUBSCRIBE', 33: 'SUBSCRIBED',
  34: 'UNSUBSCRIBE', 35: 'UNSUBSCRIBED', 36: 'EVENT', 48: 'CALL', 50: 'RESULT' };
const ERROR = 8, SUBSCRIBE = 32, SUBSCRIBED = 33, EVENT = 36, CALL = 48, RESULT = 50;
/** More than these are not kept. */
const MOST = 400;
/** Sent, and not answered yet; more than these nobody waits for. */
const OPEN = 1_000;

export interface Said {
  number: number;
  at: number;
  who: string;
  sent: boolean;
  kind: string;
  /** The procedure or topic, also of what is answered. */
  about: string;
  /** For how many milliseconds an answer was waited for. */
  took: number | null;
  /** The message as JSON. */
  text: string;
}

export class Heard {
  lines = $state.raw<Said[]>([]);
  private next = 1;
  /** What was sent and is not answered: its subject and when, by line and request. */
  private readonly open = new Map<string, { about: string; at: number }>();
  private readonly topics = new Map<string, string>();
  private fresh: Said[] = [];
  private drawing: ReturnType<typeof setTimeout> | undefined;

  listen(): () => void {
    return listen(tapped => this.take(tapped));
  }

  take({ who, sent, message }: Tapped): void {
    const kind = message[0] as number;
    const at = Date.now();
    let about = '';
    let took: number | null = null;
    if (kind === CALL || kind === SUBSCRIBE) {
      about = String(message[3]);
      if (this.open.size < OPEN) this.open.set(`${who} ${String(message[1])}`, { about, at });
    } else if (kind === RESULT || kind === SUBSCRIBED || kind === ERROR) {
      const request = `${who} ${String(kind === ERROR ? message[2] : message[1])}`;
      const asked = this.open.get(request);
      this.open.delete(request);
      about = asked?.about ?? '';
      took = asked ? at - asked.at : null;
      if (kind === SUBSCRIBED) this.topics.set(`${who} ${String(message[2])}`, about);
    } else if (kind === EVENT) {
      about = (message[3] as { topic?: string }).topic ?? this.topics.get(`${who} ${String(message[1])}`) ?? '';
    }
    this.fresh.unshift({ number: this.next++, at, who, sent, kind: KINDS[kind] ?? String(kind), about, took, text: JSON.stringify(message) });
    this.drawing ??= setTimeout(() => {
      this.drawing = undefined;
      this.lines = [...this.fresh, ...this.lines].slice(0, MOST);
      this.fresh = [];
    }, 250);
  }

  clear(): void {
    this.lines = [];
  }
}
