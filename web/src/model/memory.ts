// What outlives a reload: for this tab, or for this browser. Where a browser keeps nothing, it lasts as long as the page.
import { frame } from '../wamp/tap';

class Memory {
  private readonly own = new Map<string, string>();

  constructor(private readonly storage: () => Storage, private readonly place = '') {}

  get<T>(name: string): T | null {
    const text = this.try(storage => storage.getItem(this.place + name)) ?? this.own.get(name) ?? null;
    try {
      return text === null ? null : JSON.parse(text) as T;
    } catch {
      return null;
    }
  }

  set(name: string, value: unknown): void {
    this.own.set(name, JSON.stringify(value));
    this.try(storage => storage.setItem(this.place + name, JSON.stringify(value)));
  }

  remove(name: string): void {
    this.own.delete(name);
    this.try(storage => storage.removeItem(this.place + name));
  }

  /** The names that begin like that. */
  names(prefix: string): string[] {
    const stored = this.try(storage => Object.keys(storage)) ?? [];
    return [...new Set([...stored, ...this.own.keys()])].filter(name => name.startsWith(prefix));
  }

  // A browser that is told to keep nothing throws at the mere question.
  private try<T>(use: (storage: Storage) => T): T | null {
    try {
      return use(this.storage());
    } catch {
      return null;
    }
  }
}

/** What a frame of the author's page keeps, which has no tab of its own. */
export const memoryOf = (name: string) => new Memory(() => sessionStorage, name && `${name}.`);
/** This tab, until it is closed. */
export const tab = memoryOf(frame);
/** This browser. */
export const browser = new Memory(() => localStorage);
