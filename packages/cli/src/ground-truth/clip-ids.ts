import { InputError } from "../errors.ts";
import { quoted } from "../quoted.ts";

/** Collects clip ids and refuses the second of two equal ones, naming both lines. */
export class ClipIds {
  readonly ids: string[] = [];
  readonly #path: string;
  readonly #lines = new Map<string, number>();

  constructor(path: string) {
    this.#path = path;
  }

  add(id: string, line: number): void {
    if (id === "") throw new InputError(this.#path, `line ${line}: the clip id is empty.`);
    const first = this.#lines.get(id);
    if (first !== undefined) {
      throw new InputError(
        this.#path,
        `line ${line}: the clip id ${quoted(id)} is already on line ${first}; every clip must be listed once.`,
      );
    }
    this.#lines.set(id, line);
    this.ids.push(id);
  }
}
