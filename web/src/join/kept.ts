// What a browser keeps of somebody who has joined, so that they are the same person next week.
import { madeUp } from '../model/key';
import { browser } from '../model/memory';

interface Kept {
  nickname: string;
  returnCode: string;
}

const name = (code: string) => `joined.${code.toUpperCase()}`;

export const kept = (code: string) => browser.get<Kept>(name(code));
export const keep = (code: string, nickname: string, returnCode: string) => browser.set(name(code), { nickname, returnCode });
export const forget = (code: string) => browser.remove(name(code));

/** What makes a request to join that is sent twice count once: made up once for each code, and kept until it is answered with a seat. */
export function key(code: string): string {
  const stored = browser.get<string>(`joining.${code.toUpperCase()}`);
  const made = stored ?? madeUp();
  if (!stored) browser.set(`joining.${code.toUpperCase()}`, made);
  return made;
}

export const dropKey = (code: string) => browser.remove(`joining.${code.toUpperCase()}`);
