// What a leader has done to one, some or all worlds, and what became of it.
import { madeUp } from '../model/key';
import type { Live } from '../model/live.svelte';
import { texts } from '../texts';
import { Refusal, sentence } from '../wamp/errors';
import type { Kwargs, Session } from '../wamp/session';

/** What the service answers for each scenario; lists of other things count something else. */
interface Answer {
  scenario?: number;
  refused?: string | { message?: string };
}

export class Command {
  busy = $state(false);
  told = $state('');
  failed = $state(false);

  /** What was sent and had no answer, and the key it went under: sent again, it counts once. */
  private unanswered: { what: string; key: string } | null = null;

  constructor(private readonly live: Live, private readonly session: () => Session | null) {}

  /** Calls a procedure of the run; `what` is what the button says, `worlds` whom it concerns, none for all. Gives what was answered, if anything was. */
  run<T = Answer[] | null>(what: string, procedure: string, args: unknown[] = [], worlds: number[] | null = null): Promise<T | undefined> {
    const run = this.live.seat?.run.pk ?? 0;
    return this.on(what, ['run', run], procedure, args, worlds ? { worlds } : {});
  }

  /** Calls a procedure of any scope. Who presses again because there was no answer has it done once. */
  async on<T = Answer[] | null>(what: string, scope: (string | number)[], procedure: string, args: unknown[] = [], kwargs: Kwargs = {}): Promise<T | undefined> {
    const session = this.session();
    if (this.busy) return undefined;
    if (!session) {
      this.tell(texts.leader.failed(what, texts.connection.none), true);
      return undefined;
    }
    this.busy = true;
    this.tell(texts.leader.working);
    const uri = this.live.uri(...scope, procedure);
    const sent = JSON.stringify([uri, args, kwargs]);
    const key = this.unanswered?.what === sent ? this.unanswered.key : madeUp();
    this.unanswered = { what: sent, key };
    try {
      const answer = await session.call<T>(uri, args, { ...kwargs, _key: key });
      this.unanswered = null;
      this.judge(what, answer);
      return answer;
    } catch (error) {
      if (error instanceof Refusal) this.unanswered = null;
      this.tell(texts.leader.failed(what, sentence(error)), true);
      return undefined;
    } finally {
      this.busy = false;
    }
  }

  /** Puts a question that is only asked, without a word about it; null where there is nobody to answer it. */
  async ask<T>(scope: (string | number)[], procedure: string): Promise<T | null> {
    try {
      return await this.session()?.call<T>(this.live.uri(...scope, procedure)) ?? null;
    } catch {
      return null;
    }
  }

  private judge(what: string, told: unknown): void {
    const answers = (Array.isArray(told) ? told : []) as Answer[];
    if (!answers.some(({ scenario, refused }) => scenario !== undefined || refused !== undefined)) return this.tell(texts.leader.simply(what));
    const refused = answers.filter(answer => answer.refused !== undefined);
    const [first] = refused;
    if (!first) return this.tell(texts.leader.done(what, answers.length));
    const reason = typeof first.refused === 'string' ? first.refused : first.refused?.message ?? '';
    this.tell(texts.leader.partly(what, answers.length - refused.length, answers.length, reason), true);
  }

  private tell(told: string, failed = false): void {
    this.told = told;
    this.failed = failed;
  }
}
