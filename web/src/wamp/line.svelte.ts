// A line to the service that comes back by itself: a session, and a new one whenever that is lost.
import { Session, type Credentials, type Socket } from './session';
import { webSocket } from './socket';

/** How soon the first new attempt comes, and how long they grow apart, in milliseconds. */
const FIRST = 500, LONGEST = 10_000;
/** After waking, a session that is alive answers within so many milliseconds. */
const AWAKE_WITHIN = 3_000;

export type Condition = 'connecting' | 'open' | 'lost' | 'refused';

export class Line {
  condition = $state<Condition>('connecting');
  /** Why it is lost or refused. */
  reason = $state('');
  /** When it is tried again, by this device's clock in milliseconds. */
  again = $state(0);
  /** The user id of whoever is signed in. */
  authid = '';

  private session: Session | null = null;
  private attempts = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private readonly wake = () => this.awake();

  /** `joined` is called with each new session; whatever the one before had subscribed to is gone. */
  constructor(private readonly credentials: Credentials, private readonly alive: string, private readonly joined: (session: Session, first: boolean) => void,
    private readonly open: () => Socket = webSocket) {
    document.addEventListener('visibilitychange', this.wake);
    for (const event of ['online', 'offline', 'focus', 'pageshow']) addEventListener(event, this.wake);
    this.connect();
  }

  /** The session, while there is one. */
  get current(): Session | null {
    return this.session?.open ? this.session : null;
  }

  /** What the games API is shown to say the same over HTTP. */
  get authorization(): string {
    const { authid, ticket } = this.credentials;
    if (ticket.startsWith('simpl-ticket-')) return `Ticket ${ticket}`;
    return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${authid}:${ticket}`)))}`;
  }

  /** Tries now, and not only when the time has come. */
  connect(): void {
    clearTimeout(this.retry);
    if (this.session || this.condition === 'refused') return;
    this.condition = 'connecting';
    const first = this.authid === '';
    const session: Session = new Session(this.open(), this.credentials, this.alive, {
      joined: authid => {
        this.authid = authid;
        this.attempts = 0;
        this.condition = 'open';
        this.joined(session, first);
      },
      ended: ({ refused, reason }) => {
        this.session = null;
        this.reason = reason;
        if (refused) {
          this.condition = 'refused';
          return;
        }
        // A whole class comes back at the same moment: not all of it at once.
        const delay = Math.min(LONGEST, FIRST * 2 ** this.attempts++) * (0.75 + Math.random() / 2);
        this.again = Date.now() + delay;
        this.condition = 'lost';
        this.retry = setTimeout(() => this.connect(), delay);
      },
    });
    this.session = session;
  }

  close(): void {
    clearTimeout(this.retry);
    document.removeEventListener('visibilitychange', this.wake);
    for (const event of ['online', 'offline', 'focus', 'pageshow']) removeEventListener(event, this.wake);
    this.session?.close();
    this.session = null;
  }

  /** The device woke, or its network changed: is the line still there? */
  private awake(): void {
    if (document.visibilityState === 'hidden') return;
    if (this.session) this.session.probe(AWAKE_WITHIN);
    else this.connect();
  }
}
