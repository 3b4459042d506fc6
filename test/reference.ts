import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const workspace = fileURLToPath(new URL("..", import.meta.url));

/**
 * The folder with the study's public data (`published/model_embeddings`, ...), or undefined when it is not here.
 * Looked for in `IREC_REFERENCE`, then in `../shared/reference` beside the checkout. The data has no licence, so it is
 * read from where it lies and never copied into a package.
 */
export const reference: string | undefined = findReference(process.env.IREC_REFERENCE);

function findReference(named: string | undefined): string | undefined {
  const isIt = (folder: string) => existsSync(resolve(folder, "published/model_embeddings"));
  const beside = resolve(workspace, "../shared/reference");
  if (named === undefined) return isIt(beside) ? beside : undefined;
  // Other data than was asked for would be tested in silence.
  if (!isIt(named)) throw new Error(`IREC_REFERENCE is ${named}, which has no published/model_embeddings`);
  return named;
}

/** A path inside the reference data; tests that call it are skipped, by name, when the data is absent. */
export function referencePath(...parts: string[]): string {
  if (reference === undefined)
    throw new Error("the study's reference data is absent: set IREC_REFERENCE to its folder");
  return resolve(reference, "published", ...parts);
}

/** Put this into the title of every suite that needs the data, so that a skipped suite says why. */
export const needsReference = reference === undefined ? " [SKIPPED: REFERENCE DATA ABSENT, set IREC_REFERENCE]" : "";
