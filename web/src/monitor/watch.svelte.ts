// What an operator watches: the router's own lists and the service's figures, over the line of somebody of staff.
import { sentence } from '../wamp/errors';
import type { Line } from '../wamp/line.svelte';
import type { Session } from '../wamp/session';
import { buckets, callsOf, samplesOf, single, total, within, type Calls, type Sample } from './figures';

/** How often the figures are read, in milliseconds. */
const EVERY = 2_000;
/** How far back the small lines go: two minutes. */
const KEPT = 60;
/** More rows than these nobody reads. */
const MOST = 200;
/** What comes and goes is counted anew at most so often, in milliseconds. */
const SETTLED = 250;

export interface Member { session: number; authid: string; authrole: string; transport: { peer: string | null } }
export interface Registration { id: number; uri: string; match: string; invoke: string }
export interface Subscription { id: number; uri: string; match: string; listeners: number }
export interface List<T> { rows: T[]; more: number }

/** One reading. */
interface Reading { at: number; samples: Sample[] }

export interface Now {
  rate: number;
  median: number | null;
  slowest: number | null;
  busy: number;
  /** Events that sessions have lost because they did not read, and sessions that were closed for it, since the start; null where the router is
   * somebody else's. */
  lost: number | null;
  closed: number | null;
  users: number;
  runs: number;
  worlds: number;
  /** Bytes. */
  memory: number;
  /** Seconds of processor time in a second. */
  cpu: number;
}

export class Watch {
  /** How many there are; null until that is known. */
  sessions = $state<number | null>(null);
  now = $state.raw<Now | null>(null);
  calls = $state.raw<Calls[]>([]);
  /** Each number of the last minutes, oldest first. */
  history = $state.raw<Record<'sessions' | 'rate' | 'slowest' | 'memory' | 'cpu', number[]>>({ sessions: [], rate: [], slowest: [], memory: [], cpu: [] });
  members = $state.raw<List<Member>>({ rows: [], more: 0 });
  registrations = $state.raw<List<Registration>>({ rows: [], more: 0 });
  subscriptions = $state.raw<List<Subscription>>({ rows: [], more: 0 });
  /** Why nothing is seen; empty when something is. */
  trouble = $state('');
  /** With which status the figures were refused; 0 when they were not. */
  refused = $state(0);

  private last: Reading | null = null;
  private reading: ReturnType<typeof setTimeout> | undefined;
  private counting: ReturnType<typeof setTimeout> | undefined;
  private over = false;

  constructor(private readonly line: () => Line | null) {
    void this.figures();
  }

  close(): void {
    this.over = true;
    clearTimeout(this.reading);
    clearTimeout(this.counting);
  }

  /** Over a new session: counts, lists, and hears who comes and goes. */
  async joined(session: Session): Promise<void> {
    try {
      const turned = () => { this.counting ??= setTimeout(() => void this.count(session), SETTLED); };
      await Promise.all(['on_join', 'on_leave'].map(topic => session.subscribe(`wamp.session.${topic}`, 'exact', turned)));
      await Promise.all([this.count(session), this.lists(session)]);
      this.trouble = '';
    } catch (error) {
      this.trouble = sentence(error);
    }
  }

  /** Reads the lists anew. */
  async look(): Promise<void> {
    const session = this.line()?.current;
    if (!session) return;
    try {
      await this.lists(session);
    } catch (error) {
      this.trouble = sentence(error);
    }
  }

  private async count(session: Session): Promise<void> {
    this.counting = undefined;
    if (!session.open) return;
    this.sessions = await session.call<number>('wamp.session.count').catch(() => this.sessions);
  }

  private async lists(session: Session): Promise<void> {
    const ids = (lists: Record<string, number[]>) => Object.values(lists).reduce((all, some) => all.concat(some), []);
    const each = async <T>(all: number[], of: (id: number) => Promise<T>): Promise<List<T>> => {
      // One that is gone by the time it is asked for is no row.
      const rows = await Promise.all(all.slice(0, MOST).map(id => of(id).catch(() => null)));
      return { rows: rows.filter((row): row is Awaited<T> & T => row !== null), more: Math.max(0, all.length - MOST) };
    };
    const [members, registrations, subscriptions] = await Promise.all([
      session.call<number[]>('wamp.session.list'),
      session.call<Record<string, number[]>>('wamp.registration.list').then(ids),
      session.call<Record<string, number[]>>('wamp.subscription.list').then(ids),
    ]);
    this.members = await each(members, id => session.call<Member>('wamp.session.get', [id]));
    this.registrations = await each(registrations, id => session.call<Registration>('wamp.registration.get', [id]));
    this.subscriptions = await each(subscriptions, async id => ({
      ...await session.call<Subscription>('wamp.subscription.get', [id]), listeners: await session.call<number>('wamp.subscription.count_subscribers', [id]),
    }));
  }

  /** Reads the figures, again and again while somebody looks. */
  private async figures(): Promise<void> {
    const line = this.line();
    if (line && document.visibilityState !== 'hidden') {
      try {
        const answer = await fetch('/metrics', { headers: { authorization: line.authorization }, cache: 'no-store' });
        this.refused = answer.ok ? 0 : answer.status;
        if (answer.ok) this.take({ at: Date.now(), samples: samplesOf(await answer.text()) });
      } catch {
        // The line tells that the server is away.
      }
    }
    if (!this.over) this.reading = setTimeout(() => void this.figures(), EVERY);
  }

  private take(reading: Reading): void {
    const { samples, at } = reading;
    const before = this.last;
    this.last = reading;
    this.calls = callsOf(samples);
    const seconds = before ? (at - before.at) / 1000 : 0;
    const grown = (name: string) => (before && seconds > 0 ? Math.max(0, total(samples, name) - total(before.samples, name)) / seconds : 0);
    const lately = buckets(samples, before?.samples ?? []);
    const now: Now = {
      rate: grown('modelservice_calls_total'), median: within(0.5, lately), slowest: within(0.99, lately), busy: total(samples, 'modelservice_calls_total', { outcome: 'busy' }),
      lost: single(samples, 'wamp_events_dropped_total'), closed: single(samples, 'wamp_sessions_closed_slow_total'),
      users: total(samples, 'modelservice_users_online'), runs: total(samples, 'modelservice_runs'), worlds: total(samples, 'modelservice_worlds'),
      memory: total(samples, 'process_resident_memory_bytes'), cpu: grown('process_cpu_seconds_total'),
    };
    this.now = now;
    const { history } = this;
    const longer = (values: number[], value: number) => [...values, value].slice(-KEPT);
    this.history = { sessions: longer(history.sessions, this.sessions ?? 0), rate: longer(history.rate, now.rate), slowest: longer(history.slowest, now.slowest ?? 0),
      memory: longer(history.memory, now.memory), cpu: longer(history.cpu, now.cpu) };
  }
}
