import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

export interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly items?: SchemaNode;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
}

/** The published schema of results.json. */
export const resultsSchema: SchemaNode = JSON.parse(
  readFileSync(new URL("../schema/results.schema.json", import.meta.url), "utf8"),
);

const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(resultsSchema);

/** What is wrong with a value by the schema, one `path: message` each; empty when it is valid. */
export function schemaFaults(value: unknown): string[] {
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = "additionalProperty" in params ? ` (${params.additionalProperty})` : "";
    return `${instancePath || "/"}: ${message}${extra}`;
  });
}
