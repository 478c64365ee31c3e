// A seat's decision on its way: saved only when the service says so, and sent again by itself until it has said something.
import { madeUp } from '../model/key';
import type { Data } from '../model/rows';
import { browser } from '../model/memory';
import { texts } from '../texts';
import { Refusal, Unanswered, sentence } from '../wamp/errors';
import type { Session } from '../wamp/session';

/** How often a submission is sent again after the service was too busy to say. */
const RETRY = 2_000;

export type Stage = 'idle' | 'saving' | 'saved' | 'refused' | 'unsent';

interface Pending {
  period: number;
  order: number;
  values: Data;
  /** What makes a submission that is sent twice count once. */
  key: string;
}

export class Desk {
  stage = $state<Stage>('idle');
  /** The words of the refusal. */
  reason = $state('');
  /** The period that `stage` is about, by pk and by order. */
  period = $state(0);
  order = $state(0);

  private retry: ReturnType<typeof setTimeout> | undefined;

  /** `root` and `seat` say whose decision it is; `session` gives the session of the moment, if there is one. */
  constructor(private readonly root: string, private readonly seat: number, private readonly session: () => Session | null) {
    const pending = this.pending;
    if (pending) this.about(pending, 'unsent');
  }

  /** Sends a decision, now or when there is a connection again. */
  submit(period: number, order: number, values: Data): void {
    const pending = { period, order, values, key: madeUp() };
    browser.set(this.name, pending);
    this.about(pending, 'saving');
    void this.send(pending);
  }

  /** Sends what has had no answer yet: after a reload, or when the connection is back. */
  resume(): void {
    const pending = this.pending;
    if (pending && this.stage !== 'saving') {
      this.about(pending, 'saving');
      void this.send(pending);
    }
  }

  /** What was typed is about something else now. */
  forget(): void {
    if (this.stage === 'refused' || this.stage === 'saved') this.stage = 'idle';
  }

  private get name(): string {
    return `pending.${this.root}.${this.seat}`;
  }

  private get pending(): Pending | null {
    return browser.get<Pending>(this.name);
  }

  private about({ period, order }: Pending, stage: Stage): void {
    this.stage = stage;
    this.period = period;
    this.order = order;
  }

  private async send(pending: Pending): Promise<void> {
    clearTimeout(this.retry);
    const session = this.session();
    if (!session) {
      this.stage = 'unsent';
      return;
    }
    try {
      const procedure = `${this.root}.model.period.${pending.period}.submit_decision`;
      const answer = await session.call(procedure, [], { ...pending.values, _key: pending.key });
      // Front ends of the original get some refusals as a text.
      this.settle(pending, answer === 'ok' ? 'saved' : 'refused', String(answer));
    } catch (error) {
      if (error instanceof Refusal && !retryable(error)) {
        this.settle(pending, 'refused', error.uri === 'wamp.error.no_such_procedure' ? texts.decision.gone : error.message);
      } else if (this.pending?.key === pending.key) {
        this.stage = 'unsent';
        this.reason = sentence(error);
        // Without a connection the next one sends it.
        if (!(error instanceof Unanswered) || this.session() === session) this.retry = setTimeout(() => this.resume(), RETRY);
      }
    }
  }

  /** The service has answered; a later submission may have taken this one's place meanwhile. */
  private settle(pending: Pending, stage: Stage, reason: string): void {
    const current = this.pending;
    if (current && current.key !== pending.key) return;
    browser.remove(this.name);
    this.about(pending, stage);
    this.reason = reason;
  }
}

/** Did the service ask to try again, rather than say no? */
function retryable({ uri, details }: Refusal): boolean {
  return uri === 'wamp.error.no_available_callee' || ['busy', 'unknown', 'unavailable', 'taken_over'].includes(String(details.code));
}
