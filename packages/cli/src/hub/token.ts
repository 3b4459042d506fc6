import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import { type Environment, hubSettings, isTrue } from "./environment.ts";

/** What tells the hub who asks, and where it was found; never printed. */
export interface HubToken {
  readonly source: string;
  readonly value: string;
}

/**
 * The user's token: HF_TOKEN, else what `hf auth login` left; undefined when there is none, or when it is not to be sent
 * unasked.
 * @throws {UsageError} when it cannot be sent
 */
export async function hubToken(env: Environment = process.env): Promise<HubToken | undefined> {
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const { tokenFile } = hubSettings(env);
  const places = [
    { source: "HF_TOKEN", value: env.HF_TOKEN },
    { source: "HUGGING_FACE_HUB_TOKEN", value: env.HUGGING_FACE_HUB_TOKEN },
    { source: tokenFile, value: await readFile(tokenFile, "utf8").catch(() => undefined) },
  ];
  for (const { source, value } of places) {
    const token = value?.trim();
    if (!token) continue;
    if (!/^[\x21-\x7e]+$/.test(token))
      throw new UsageError(`${source}: holds no token, but text with other characters.`);
    return { source, value: token };
  }
  return undefined;
}
