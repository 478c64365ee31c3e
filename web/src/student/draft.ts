// What is typed and not submitted, kept for its period over reloads.
import { browser } from '../model/memory';
import type { Typed } from '../form/values';

const name = (root: string, seat: number, period: number) => `draft.${root}.${seat}.${period}`;

export function draftOf(root: string, seat: number, period: number): Typed | null {
  return browser.get<Typed>(name(root, seat, period));
}

/** Keeps what is typed for a period; drafts of the seat's other periods are over. */
export function keepDraft(root: string, seat: number, period: number, typed: Typed): void {
  const kept = name(root, seat, period);
  for (const old of browser.names(`draft.${root}.${seat}.`)) if (old !== kept) browser.remove(old);
  browser.set(kept, typed);
}

export function dropDraft(root: string, seat: number, period: number): void {
  browser.remove(name(root, seat, period));
}
