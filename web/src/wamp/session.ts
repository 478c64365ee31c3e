// One WAMP session over one WebSocket, from HELLO to its end: ticket authentication, calls, subscriptions, publishing.
// What was waiting when it ends is told so at once: nobody waits for a browser to notice that a socket is dead.
import { texts } from '../texts';
import { Refusal, Unanswered } from './errors';
import { tap } from './tap';

const HELLO = 1, WELCOME = 2, ABORT = 3, CHALLENGE = 4, AUTHENTICATE = 5, GOODBYE = 6, ERROR = 8, PUBLISH = 16, SUBSCRIBE = 32,
  SUBSCRIBED = 33, UNSUBSCRIBE = 34, UNSUBSCRIBED = 35, EVENT = 36, CALL = 48, RESULT = 50;
const REALM = 'realm1';
/** `WebSocket.OPEN`, also where there is no browser. */
const OPEN = 1;

/** For how many milliseconds an answer is waited for. */
export const ANSWER_WITHIN = 15_000;
/** After so many silent milliseconds the server is asked for a sign of life. */
export const QUIET = 3_000;
/** For how many milliseconds that sign is waited for. QUIET and this together stay well below ten seconds. */
export const ALIVE_WITHIN = 5_000;
/** For how many milliseconds a server may be silent that one connects to. */
export const CONNECT_WITHIN = 10_000;
/** For how many milliseconds a whole class may keep the server busy with its passwords. */
export const WELCOME_WITHIN = 20_000;

/** Who signs in, and with what: a password or a signed ticket. */
export interface Credentials {
  authid: string;
  ticket: string;
}

/** How a topic has to match a subscription. */
export type Match = 'exact' | 'prefix' | 'wildcard';
export type Kwargs = Record<string, unknown>;
/** Hears an event: its arguments, its keywords, and its topic where the subscription is a pattern. */
export type Listener = (args: unknown[], kwargs: Kwargs, topic: string) => void;

/** How a session ends: `refused` when trying again with the same ticket is pointless. */
export interface End {
  refused: boolean;
  reason: string;
}

/** What the owner of a session wants to hear. */
export interface Hooks {
  joined(authid: string): void;
  ended(end: End): void;
}

/** The part of a WebSocket that a session needs. */
export type Socket = Pick<WebSocket, 'send' | 'close' | 'readyState' | 'onopen' | 'onmessage' | 'onclose'>;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

/** ABORT reasons that the same ticket will meet again. */
const FINAL = new Set(['not_authorized', 'authentication_failed', 'authentication_denied', 'no_such_principal', 'no_such_realm',
  'no_such_role', 'no_auth_method', 'no_matching_auth_method'].map(name => `wamp.error.${name}`));

export class Session {
  private next = 1;
  private over = false;
  private joined = false;
  private beat: ReturnType<typeof setTimeout>;
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Map<number, Listener>();

  /** `alive` is a procedure that everybody may call and that does nothing. */
  constructor(private readonly socket: Socket, credentials: Credentials, private readonly alive: string, private readonly hooks: Hooks) {
    this.beat = setTimeout(() => this.end(texts.connection.silent), CONNECT_WITHIN);
    const { authid, ticket } = credentials;
    const hello = () => this.send([HELLO, REALM, { authid, authmethods: ['ticket'], roles: { caller: {}, publisher: {}, subscriber: {} } }]);
    socket.onmessage = ({ data }: MessageEvent) => this.receive(JSON.parse(data as string) as unknown[], ticket);
    socket.onclose = () => this.end(texts.connection.lost);
    if (socket.readyState === OPEN) hello();
    else socket.onopen = hello;
  }

  get open(): boolean {
    return this.joined && !this.over;
  }

  /** Calls a procedure and gives the first argument of its result. */
  call<T>(procedure: string, args: unknown[] = [], kwargs: Kwargs = {}, within = ANSWER_WITHIN): Promise<T> {
    return this.request(within, id => [CALL, id, {}, procedure, args, kwargs]) as Promise<T>;
  }

  /** Hears a topic until the session ends; the answer ends it before. */
  async subscribe(topic: string, match: Match, listener: Listener): Promise<() => void> {
    const subscription = await this.request(ANSWER_WITHIN, id => [SUBSCRIBE, id, { match }, topic]) as number;
    // The topic of an event is told only where it was not subscribed to by its own name.
    this.listeners.set(subscription, (args, kwargs, told) => listener(args, kwargs, told || topic));
    return () => {
      this.listeners.delete(subscription);
      if (this.open) this.send([UNSUBSCRIBE, this.next++, subscription]);
    };
  }

  publish(topic: string): void {
    if (this.open) this.send([PUBLISH, this.next++, {}, topic, []]);
  }

  /** Asks for a sign of life now, as after the phone was asleep; without one within `within` ms the session ends. */
  probe(within = ALIVE_WITHIN): void {
    if (!this.open) return;
    clearTimeout(this.beat);
    this.beat = setTimeout(() => this.end(texts.connection.silent), within);
    // Whatever comes is a sign of life, a refusal too: `receive` sets the clock back.
    this.call(this.alive).catch(() => undefined);
  }

  close(): void {
    if (this.open) this.send([GOODBYE, {}, 'wamp.close.normal']);
    this.drop(texts.connection.closed);
  }

  private request(within: number, message: (id: number) => unknown[]): Promise<unknown> {
    if (!this.open) return Promise.reject(new Unanswered(texts.connection.none));
    const id = this.next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Unanswered(texts.connection.slow));
      }, within);
      this.waiting.set(id, { resolve, reject, timer });
      this.send(message(id));
    });
  }

  private send(message: unknown[]): void {
    tap(true, message);
    this.socket.send(JSON.stringify(message));
  }

  private receive(message: unknown[], ticket: string): void {
    if (this.joined) this.rest();
    tap(false, message);
    switch (message[0]) {
      case WELCOME:
        this.joined = true;
        this.rest();
        this.hooks.joined((message[2] as { authid: string }).authid);
        break;
      case ABORT:
        this.end((message[1] as { message?: string }).message || String(message[2]), FINAL.has(String(message[2])));
        break;
      case CHALLENGE:
        clearTimeout(this.beat);
        this.beat = setTimeout(() => this.end(texts.connection.silent), WELCOME_WITHIN);
        this.send([AUTHENTICATE, ticket, {}]);
        break;
      case GOODBYE:
        this.send([GOODBYE, {}, 'wamp.close.goodbye_and_out']);
        this.end((message[1] as { message?: string }).message || texts.connection.goodbye);
        break;
      case ERROR:
        this.settle(message[2], ({ reject }) => reject(new Refusal(String(message[4]), message[5] as unknown[], message[6] as Kwargs)));
        break;
      case SUBSCRIBED:
        this.settle(message[1], ({ resolve }) => resolve(message[2]));
        break;
      case UNSUBSCRIBED:
        break;
      case EVENT: {
        const details = message[3] as { topic?: string };
        this.listeners.get(message[1] as number)?.((message[4] as unknown[] | undefined) ?? [], (message[5] as Kwargs | undefined) ?? {}, details.topic ?? '');
        break;
      }
      case RESULT:
        this.settle(message[1], ({ resolve }) => resolve((message[3] as unknown[] | undefined)?.[0]));
        break;
    }
  }

  private settle(id: unknown, how: (waiting: Waiting) => void): void {
    const waiting = this.waiting.get(id as number);
    if (!waiting) return;
    this.waiting.delete(id as number);
    clearTimeout(waiting.timer);
    how(waiting);
  }

  /** Something was heard: the next sign of life is asked for only after a silence. */
  private rest(): void {
    clearTimeout(this.beat);
    this.beat = setTimeout(() => this.probe(), QUIET);
  }

  private end(reason: string, refused = false): void {
    if (this.over) return;
    this.drop(reason);
    this.hooks.ended({ refused, reason });
  }

  private drop(reason: string): void {
    this.over = true;
    clearTimeout(this.beat);
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.listeners.clear();
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject, timer } of waiting) {
      clearTimeout(timer);
      reject(new Unanswered(reason));
    }
  }
}
