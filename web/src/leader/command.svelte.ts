// What a leader has done to one, some or all worlds, and what became of it.
import type { Live } from '../model/live.svelte';
import { texts } from '../texts';
import { sentence } from '../wamp/errors';
import type { Session } from '../wamp/session';

/** What the service answers for each scenario. */
interface Answer {
  world?: number;
  refused?: string | { message?: string };
}

export class Command {
  busy = $state(false);
  told = $state('');
  failed = $state(false);

  constructor(private readonly live: Live, private readonly session: () => Session | null) {}

  /** Calls a procedure of the run; `what` is what the button says, `worlds` whom it concerns, none for all. */
  async run(what: string, procedure: string, args: unknown[], worlds: number[] | null): Promise<void> {
    const run = this.live.seat?.run.pk;
    const session = this.session();
    if (this.busy || run === undefined) return;
    if (!session) return this.tell(texts.leader.failed(what, texts.connection.none), true);
    this.busy = true;
    this.tell(texts.leader.working);
    try {
      const answers = await session.call<Answer[] | null>(this.live.uri('run', run, procedure), args, worlds ? { worlds } : {});
      this.judge(what, answers);
    } catch (error) {
      this.tell(texts.leader.failed(what, sentence(error)), true);
    }
    this.busy = false;
  }

  /** Calls a procedure of one scenario. */
  async scenario(what: string, scenario: number, procedure: string): Promise<void> {
    const session = this.session();
    if (this.busy || !session) return;
    this.busy = true;
    this.tell(texts.leader.working);
    try {
      await session.call(this.live.uri('scenario', scenario, procedure));
      this.tell('');
    } catch (error) {
      this.tell(texts.leader.failed(what, sentence(error)), true);
    }
    this.busy = false;
  }

  private judge(what: string, answers: Answer[] | null): void {
    if (!Array.isArray(answers)) return this.tell('');
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
