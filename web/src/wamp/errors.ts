/** A refusal of the other side: `message` is its sentence, `uri` its kind. */
export class Refusal extends Error {
  readonly details: Record<string, unknown>;

  constructor(readonly uri: string, args: unknown[] = [], kwargs: Record<string, unknown> = {}) {
    super(typeof args[0] === 'string' ? args[0] : uri);
    this.details = kwargs;
  }
}

/** The answer never came, so nobody here knows whether the call was carried out. */
export class Unanswered extends Error {}

/** The message of whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
