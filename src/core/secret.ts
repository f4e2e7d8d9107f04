/**
 * A text that must never be seen by accident: it prints, logs and serializes as `(secret)`.
 *
 * Because "no secret is ever logged" can not be kept by remembering it at every line that logs an object.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the one place that sends it where it belongs. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '(secret)';
  }

  toJSON(): string {
    return '(secret)';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '(secret)';
  }
}
