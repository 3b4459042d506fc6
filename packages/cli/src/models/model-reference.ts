import { existsSync } from "node:fs";
import { UsageError } from "../errors.ts";
import { MODELS, type ModelEntry, modelNamed } from "./registry.ts";

/** What the user has said of a model: a name, a path, or both. */
export type ModelReference =
  | { readonly entry: ModelEntry; readonly revision: string; readonly path: string | undefined }
  | { readonly entry: undefined; readonly revision: undefined; readonly path: string };

/**
 * Understands `NAME`, `NAME@REVISION`, `NAME=PATH` and `PATH`. A name of the registry comes before a file of this name.
 * @throws {UsageError} when it is none of these
 */
export function modelReference(text: string): ModelReference {
  const whole = text.includes("=") ? undefined : registered(text);
  if (whole !== undefined) return { ...whole, path: undefined };
  if (existsSync(text) || /^https?:\/\//i.test(text)) return ofPath(text);
  const equals = text.indexOf("=");
  const before = equals > 0 && equals < text.length - 1 ? registered(text.slice(0, equals)) : undefined;
  if (before !== undefined) return { ...before, path: text.slice(equals + 1) };
  if (/[/\\]|\.(pt|pth|bin|tar|safetensors|json)$/i.test(text)) return ofPath(text); // whoever opens it says what is wrong with it
  throw new UsageError(`there is no model "${text}", and no file of this name; there are ${names()}.`);
}

/**
 * Understands `NAME` and `NAME@REVISION`.
 * @throws {UsageError} when there is no model of this name
 */
export function registeredModel(text: string): { readonly entry: ModelEntry; readonly revision: string } {
  const found = registered(text);
  if (found === undefined) throw new UsageError(`there is no model "${text}"; there are ${names()}.`);
  return found;
}

function registered(text: string): { readonly entry: ModelEntry; readonly revision: string } | undefined {
  const [name = "", ...rest] = text.split("@");
  const entry = modelNamed(name);
  if (entry === undefined) return undefined;
  return { entry, revision: rest.length === 0 ? "main" : checkedRevision(rest.join("@")) };
}

/** It becomes a path. */
function checkedRevision(revision: string): string {
  if (/^[\w][\w.+-]*(\/[\w][\w.+-]*)*$/.test(revision) && !revision.includes("..")) return revision;
  throw new UsageError(`"${revision}" is no branch, tag or commit.`);
}

const ofPath = (path: string) => ({ entry: undefined, revision: undefined, path }) as const;

const names = (): string => MODELS.map(({ name }) => name).join(", ");
