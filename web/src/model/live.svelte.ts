// What one seat sees, kept current: subscribe, read a snapshot, apply the numbered changes. A gap in the numbers means: read again.
import { schemaOf, type GameSchema } from '../form/schema';
import { texts } from '../texts';
import { sentence } from '../wamp/errors';
import type { Kwargs, Session } from '../wamp/session';
import type { Clock } from './clock.svelte';
import type { Phase, Resource, Resources, Role, Row, Scope } from './rows';
import { Tree } from './tree';

const RETRY = 3_000;

/** A run user of whoever is signed in, in one of the games. */
export interface Seat {
  root: string;
  runuser: Row<'runuser'>;
  run: Row<'run'>;
}

/** The seat without the row of its run, which nothing has to wait for. */
type Place = Omit<Seat, 'run'>;

/** What is the same for everybody who plays a game. */
interface Rules {
  /** Null where the service does not tell. */
  schema: GameSchema | null;
  phases: Phase[];
  roles: Role[];
}

/** What a leader has said to the table or the run. */
export interface Message {
  text: string;
  /** When it came, by the service's clock in milliseconds. */
  at: number;
}

/** Somebody whom a leader has to let in. */
export interface Waiting {
  number: number;
  name: string;
  student_number?: string | null;
  /** The run user who has that name already. */
  has_seat?: number | null;
}

/** When what need not be there at once is asked and told, in milliseconds after the page can be used. */
const SETTLED = 300;
const CHANGES = ['add_child', 'update_child', 'remove_child'];
/** More messages than these are not shown at once. */
const MESSAGES = 5;
/** Older than this nobody wants to hear them who comes now, in milliseconds. */
const STALE = 12 * 3_600_000;

interface Change {
  name: 'add_child' | 'update_child' | 'remove_child';
  args: [number, Resource, Resources[Resource]];
  kwargs: Kwargs;
}

export class Live {
  /** Every seat of the one who is signed in; null until they are known. */
  seats = $state.raw<Seat[] | null>(null);
  /** The seat that is shown, once everything about it is here. */
  seat = $state.raw<Seat | null>(null);
  /** Why nothing could be read; empty when it could. */
  trouble = $state('');
  /** The rows; another object with each change that is drawn. */
  tree = $state.raw(Tree.empty());

  /** What leaders have said since this page was opened, the newest first. */
  messages = $state.raw<Message[]>([]);
  /** Who waits for a leader to be let in; null before anything was told. */
  waiting = $state.raw<Waiting[] | null>(null);

  phases: Phase[] = [];
  /** What the game's decisions and results consist of; null where the service does not tell. */
  schema: GameSchema | null = null;
  roles: Role[] = [];
  private session: Session | null = null;
  private wanted: number | 'runs' | null = null;
  /** Grows with every reading: what an older one still brings is thrown away. */
  private reading = 0;
  /** Changes that came while a snapshot was on its way. */
  private arriving: Change[] | null = null;
  private readonly revisions = new Map<number, number>();
  /** Worlds that are being read again. */
  private readonly behind = new Map<number, Change[]>();
  /** In a game that everybody plays alone: whose topics are heard; null in others. */
  private alone: Set<number> | null = null;
  private drawing: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private leave: (() => void)[] = [];

  constructor(private readonly roots: string[], private readonly clock: Clock) {}

  uri(...path: (string | number)[]): string {
    return [this.seat?.root ?? this.roots[0], 'model', ...path].join('.');
  }

  /** Reads everything over a new session. */
  joined(session: Session): void {
    this.session = session;
    this.again();
  }

  /** Shows another seat, or all of them (`runs`); null leaves the choice. */
  choose(seat: number | 'runs' | null): void {
    if (this.wanted === seat) return;
    this.wanted = seat;
    if (this.session?.open) this.again();
  }

  /** Reads everything once more. */
  again(): void {
    clearTimeout(this.retry);
    const session = this.session;
    const reading = ++this.reading;
    if (!session) return;
    this.load(session, reading).catch(error => {
      // Without a session the next one reads.
      if (reading !== this.reading || !session.open) return;
      this.trouble = texts.loading.failed(sentence(error));
      this.retry = setTimeout(() => this.again(), RETRY);
    });
  }

  private async load(session: Session, reading: number): Promise<void> {
    this.leave.splice(0).forEach(leave => leave());
    // Where one game alone is played, its rules are asked for before it is known who plays it.
    const [first, ...others] = this.roots;
    const early = first !== undefined && others.length === 0 ? rulesOf(session, first) : null;
    early?.catch(() => undefined);
    const places = (await Promise.all(this.roots.map(root => placesIn(session, root)))).reduce((all, some) => all.concat(some), []);
    if (reading !== this.reading) return;
    const coming = Promise.all(places.map(place => withRun(session, place)));
    coming.catch(() => undefined);
    const place = places.find(({ runuser }) => runuser.pk === this.wanted) ?? (places.length === 1 && this.wanted !== 'runs' ? places[0] : undefined);
    if (place) return this.enter(session, reading, place, early ?? rulesOf(session, place.root), coming);
    const seats = await coming;
    if (reading !== this.reading) return;
    this.seats = seats;
    this.seat = null;
    this.trouble = '';
  }

  private async enter(session: Session, reading: number, { root, runuser }: Place, rules: Promise<Rules>, coming: Promise<Seat[]>): Promise<void> {
    const { leader, world, run } = runuser.data;
    const uri = (...path: (string | number)[]) => [root, 'model', ...path].join('.');
    const hear = async (...topic: (string | number)[]) => {
      const prefix = topic.length < 3;
      const leave = await session.subscribe(uri(...topic) + (prefix ? '.' : ''), prefix ? 'prefix' : 'exact', (args, kwargs, told) => {
        if (reading !== this.reading) return;
        const name = told.slice(told.lastIndexOf('.') + 1);
        if (CHANGES.includes(name)) this.heard(session, { name, args, kwargs } as unknown as Change);
        else this.told(name, args, kwargs);
      });
      if (reading === this.reading) this.leave.push(leave);
      else leave();
    };
    this.arriving = [];
    this.hearOne = hear;
    if (leader) {
      // What changes in the run itself is told on the topics of worlds, which may all be new, and of everybody in it.
      await Promise.all([hear('run', run), hear('runuser', runuser.pk, 'update_child')]);
      // The worlds have topics of their own, and so has who plays alone: they are known first, heard next and read last, so that nothing falls between.
      const [{ children = [] }, people, single] = await Promise.all([
        session.call<Scope>(uri('run', run, 'get_scope_tree'), [['runuser', 'scenario']]),
        session.call<Scope<'runuser'>[]>(uri('run', run, 'get_active_runusers'), [false]),
        rules.then(({ schema }) => schema?.single_player ?? false),
      ]);
      const alone = single ? people.filter(({ data }) => !data.leader) : [];
      this.alone = single ? new Set(alone.map(({ pk }) => pk)) : null;
      await Promise.all([...children.filter(child => child.resource_name === 'world'), ...alone].map(({ resource_name, pk }) => hear(resource_name, pk)));
    } else {
      // The world's topics tell all that happens in it; the own topic, that one is moved; and something may be said to the whole run.
      const own = world ? [hear('world', world), hear('runuser', runuser.pk, 'update_child'), hear('runuser', runuser.pk, 'remove_child')] : [hear('runuser', runuser.pk)];
      await Promise.all([...own, hear('run', run, 'message')]);
    }
    const place = leader ? ['run', run] as const : world ? ['world', world] as const : ['runuser', runuser.pk] as const;
    const [people, current, scope, { schema, phases, roles }, seats] = await Promise.all([
      session.call<Scope<'runuser'>[]>(uri(...place, 'get_active_runusers'), [false]),
      session.call<{ run: Scope<'run'> }>(uri(...place, 'get_current_run_and_phase')),
      session.call<Scope>(uri(...place, 'get_scope_tree'), [null]),
      rules,
      coming,
    ]);
    if (reading !== this.reading) return;
    const tree = Tree.empty();
    this.revisions.clear();
    this.behind.clear();
    this.take(tree, scope);
    tree.graft(current.run);
    for (const person of people) tree.put('runuser', person.pk, person.data);
    tree.put('runuser', runuser.pk, runuser.data);
    this.tree = tree;
    this.phases = phases;
    this.roles = roles;
    this.schema = schema;
    this.seats = seats;
    this.seat = seats.find(seat => seat.runuser === runuser) ?? null;
    this.trouble = '';
    const arrived = this.arriving;
    this.arriving = null;
    for (const change of arrived) this.heard(session, change);
    if (leader) return;
    setTimeout(() => {
      if (reading !== this.reading || !session.open) return;
      // The others, and those who lead, are told that somebody is here now; that they go, the service notices.
      session.publish(world ? uri('world', world, 'connected') : uri('run', run, 'connected'));
      if (world) void this.missed(session, reading, uri('world', world, 'get_audit'));
    }, SETTLED);
  }

  /** What was said while this page was not there. */
  private async missed(session: Session, reading: number, procedure: string): Promise<void> {
    const lines = await session.call<{ what: string; text?: string; created: string }[]>(procedure, [], { limit: 50 }).catch(() => []);
    if (reading !== this.reading) return;
    const said = lines.filter(({ what, text }) => what === 'message' && text).map(({ text, created }) => ({ text: text ?? '', at: Date.parse(created) }));
    const fresh = said.filter(({ at }) => at > this.clock.now - STALE);
    // What has come as an event is in the log, too, a moment later.
    const known = this.messages.filter(({ text }) => !fresh.some(message => message.text === text));
    this.messages = [...known, ...fresh].sort((a, b) => b.at - a.at).slice(0, MESSAGES);
  }

  private hearOne: (resource: Resource, pk: number) => Promise<void> = () => Promise.resolve();

  /** Takes a snapshot of a scope, with the number of the last change of each world in it. */
  private take(tree: Tree, scope: Scope): void {
    tree.replace(scope);
    for (const world of [scope, ...scope.children ?? []]) {
      if (world.resource_name === 'world' && world.rev !== undefined) this.revisions.set(world.pk, world.rev);
      this.clock.told(world.now);
    }
  }

  /** Something was said that is no change of a row. */
  private told(name: string, args: unknown[], kwargs: Kwargs): void {
    this.clock.told(kwargs.now);
    if (name === 'message' && typeof args[0] === 'string') {
      this.messages = [{ text: args[0], at: this.clock.now }, ...this.messages].slice(0, MESSAGES);
    }
    if (name === 'joining') this.waiting = (args[2] as { waiting?: Waiting[] } | undefined)?.waiting ?? null;
  }

  private heard(session: Session, change: Change): void {
    if (this.arriving) return void this.arriving.push(change);
    const { kwargs } = change;
    this.clock.told(kwargs.now);
    if (kwargs.resource_name === 'world' && typeof kwargs.rev === 'number') {
      const [world, rev] = [kwargs.pk as number, kwargs.rev];
      const waiting = this.behind.get(world);
      if (waiting) return void waiting.push(change);
      const known = this.revisions.get(world);
      if (known === undefined) return;
      if (rev <= known) return;
      if (rev > known + 1) return this.read(session, world, [change]);
      this.revisions.set(world, rev);
    }
    this.apply(session, change);
    this.redraw();
  }

  private apply(session: Session, { name, args: [pk, resource, data] }: Change): void {
    if (name === 'remove_child') this.tree.remove(resource, pk);
    else this.tree.put(resource, pk, data);
    const own = this.seat?.runuser;
    if (resource === 'runuser' && own && pk === own.pk) {
      const { world, active, leader } = data as Resources['runuser'];
      // Moved, or sent out: other topics, other rows.
      if (name === 'remove_child' || world !== own.data.world || active !== own.data.active || leader !== own.data.leader) this.again();
    }
    if (resource === 'world' && name === 'add_child' && !this.revisions.has(pk)) {
      this.hearOne(resource, pk).then(() => this.read(session, pk, []), () => undefined);
    }
    if (resource === 'runuser' && this.alone && !this.alone.has(pk) && name !== 'remove_child') this.meet(session, pk);
  }

  /** Somebody has come who plays alone: hears and reads what they play. */
  private meet(session: Session, pk: number): void {
    const reading = this.reading;
    this.alone?.add(pk);
    this.hearOne('runuser', pk).then(() => session.call<Scope>(this.uri('runuser', pk, 'get_scope_tree'), [null])).then(scope => {
      if (reading !== this.reading) return;
      this.tree.graft(scope);
      this.redraw();
    }, () => undefined);
  }

  /** Reads a world again, and applies what comes meanwhile on top. */
  private read(session: Session, world: number, changes: Change[]): void {
    const reading = this.reading;
    this.behind.set(world, changes);
    session.call<Scope>(this.uri('world', world, 'get_scope_tree'), [null]).then(scope => {
      if (reading !== this.reading) return;
      this.behind.delete(world);
      this.take(this.tree, scope);
      for (const change of changes) this.heard(session, change);
      this.redraw();
    }, () => {
      if (reading === this.reading && session.open) this.again();
    });
  }

  /** Many changes at once are drawn once: at most four times a second for a leader, who sees all worlds. */
  private redraw(): void {
    const leader = this.seat?.runuser.data.leader;
    this.drawing ??= setTimeout(() => {
      this.drawing = undefined;
      this.tree = this.tree.renewed();
    }, leader ? 250 : 0);
  }
}

async function placesIn(session: Session, root: string): Promise<Place[]> {
  const own = await session.call<Scope<'runuser'>[]>(`${root}.model.game.get_seats`);
  return own.map(({ pk, data }) => ({ root, runuser: { resource: 'runuser', pk, data } }));
}

async function withRun(session: Session, place: Place): Promise<Seat> {
  const run = await session.call<Scope<'run'>>(`${place.root}.model.run.${place.runuser.data.run}.get_scope`);
  return { ...place, run: { resource: 'run', pk: run.pk, data: run.data } };
}

async function rulesOf(session: Session, root: string): Promise<Rules> {
  const [schema, phases, roles] = await Promise.all([
    schemaOf(session, root),
    session.call<Phase[]>(`${root}.model.game.get_phases`),
    session.call<Role[]>(`${root}.model.game.get_roles`),
  ]);
  return { schema, phases: phases.sort((a, b) => a.order - b.order), roles };
}
