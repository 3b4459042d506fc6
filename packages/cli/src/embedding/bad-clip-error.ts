import { InputError } from "../errors.ts";

/** A clip that cannot be embedded; the message names it. */
export class BadClipError extends InputError {
  override name = "BadClipError";
  readonly clipId: string;

  constructor({ id, path }: { readonly id: string; readonly path: string }, reason: string, options?: ErrorOptions) {
    super(
      path,
      `the clip ${JSON.stringify(id)} cannot be embedded: ${reason}. What was computed is kept; repair the clip and run the ` +
        "same command again, or leave such clips out with --skip-bad.",
      options,
    );
    this.clipId = id;
  }
}
