import { readFileSync } from "node:fs";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { evaluate } from "../src/evaluate.ts";
import {
  AUDIO_RULES,
  EXPERIMENTS,
  RESAMPLED_UNITS,
  RESULTS_SCHEMA_VERSION,
  TRIPLET_RULES,
} from "../src/results/results.ts";
import { resultsText } from "../src/results/run-folder.ts";
import { SPACES } from "../src/store/embedding-store.ts";
import { resultsSchema, type SchemaNode, schemaFaults } from "./results-schema.ts";
import { randomRows, writeOneHot, writeStore } from "./small-store.ts";
import { writeSyntheticStore } from "./synthetic-store.ts";
import { temporaryFolders } from "./temp-folder.ts";

const newFolder = temporaryFolders();

/** What a reader of results.json gets. */
let results: Record<string, unknown>;
beforeAll(async () => {
  results = JSON.parse(resultsText(await evaluate({ ...writeSyntheticStore(newFolder()), draws: 20 })));
});

describe("real results are valid:", () => {
  it("of a whole store, with every experiment", () => {
    expect(Object.keys(results.experiments as object)).toEqual([...EXPERIMENTS]);
    expect(schemaFaults(results)).toEqual([]);
  });

  it("with labels without clips, whose scores are null, and with skipped parts", async () => {
    const folder = newFolder();
    const arrays = {
      "audio/joint_space/d": randomRows(1, 4, 3),
      "text/joint_space/muscall_prompt": randomRows(2, 3, 3),
      "text/joint_space/negative_muscall_prompts": randomRows(3, 3, 3),
    };
    const some = await evaluate({
      embeddings: writeStore(folder, { m: { arrays } }),
      groundTruth: writeOneHot(folder, ["violin", "viola", "flute"], [0, 2, 0, 2]),
      draws: 10,
    });
    expect(some.experiments["positive-negative"]![0]!.perClass[1]!.meanMargin).toBeNull();
    expect(some.skipped.length).toBeGreaterThan(0);
    expect(schemaFaults(JSON.parse(resultsText(some)))).toEqual([]);
  });

  it("without ground truth and without anything that could be run", async () => {
    const folder = newFolder();
    const none = await evaluate({
      embeddings: writeStore(folder, { m: { arrays: { "text/joint_space/p": randomRows(1, 3, 3) } } }),
    });
    expect([none.dataset, none.experiments]).toEqual([null, {}]);
    expect(schemaFaults(JSON.parse(resultsText(none)))).toEqual([]);
  });
});

describe("broken results are not:", () => {
  const cases: readonly [title: string, place: string, value: unknown, fault: string][] = [
    ["another version", "schemaVersion", "2.0.0", "/schemaVersion: must be equal to constant"],
    ["a missing field", "provenance", undefined, "/: must have required property 'provenance'"],
    ["an unknown field", "date", "2024-11-10", "/: must NOT have additional properties (date)"],
    [
      "an unknown field deep inside",
      "experiments/triplets/0/perNode/0/depth",
      1,
      "/experiments/triplets/0/perNode/0: must NOT have additional properties (depth)",
    ],
    ["an unknown experiment", "experiments/dance", [], "/experiments: must NOT have additional properties (dance)"],
    [
      "an experiment without rows",
      "experiments/negation",
      [],
      "/experiments/negation: must NOT have fewer than 1 items",
    ],
    [
      "a score that was NaN",
      "experiments/zero-shot/0/f1Macro",
      null,
      "/experiments/zero-shot/0/f1Macro: must be number",
    ],
    ["an accuracy above one", "experiments/audio-only/0/topK/0", 1.5, "/experiments/audio-only/0/topK/0: must be <= 1"],
    ["a count that is a text", "experiments/triplets/0/ties", "0", "/experiments/triplets/0/ties: must be integer"],
    [
      "an unknown rule",
      "experiments/triplets/0/rule",
      "lca-depth",
      "/experiments/triplets/0/rule: must be equal to one of the allowed values",
    ],
    [
      "an unknown space",
      "experiments/negation/0/space",
      "joint",
      "/experiments/negation/0/space: must be equal to one of the allowed values",
    ],
    [
      "a sha256 in capitals",
      "provenance/inputs/0/sha256",
      "A".repeat(64),
      '/provenance/inputs/0/sha256: must match pattern "^[0-9a-f]{64}$"',
    ],
    [
      "a skip without reason",
      "skipped",
      [{ experiment: "triplets", model: "m" }],
      "/skipped/0: must have required property 'reason'",
    ],
    ["no models", "models", [], "/models: must NOT have fewer than 1 items"],
  ];
  it.each(cases)("%s", (_title, place, value, fault) => {
    const copy = structuredClone(results);
    const keys = place.split("/");
    let target: Record<string, unknown> = copy;
    for (const key of keys.slice(0, -1)) target = target[key] as Record<string, unknown>;
    if (value === undefined) delete target[keys.at(-1)!];
    else target[keys.at(-1)!] = value;
    expect(schemaFaults(copy)).toContain(fault);
  });
});

/** Every place of the schema that describes an object, by its path. */
function objects(node: SchemaNode, path = "#"): [string, SchemaNode][] {
  const here: [string, SchemaNode][] = node.properties === undefined ? [] : [[path, node]];
  const below = [
    ...Object.entries(node.properties ?? {}).map(([name, child]) => [`${path}/${name}`, child] as const),
    ...Object.entries(node.$defs ?? {}).map(([name, child]) => [name, child] as const),
    ...(node.items === undefined ? [] : [[`${path}[]`, node.items] as const]),
  ];
  return [...here, ...below.flatMap(([where, child]) => objects(child, where))];
}

describe("the schema", () => {
  it("allows no unknown field anywhere and describes every field", () => {
    for (const [path, node] of objects(resultsSchema)) {
      const isMap = node.properties === undefined;
      if (!isMap) expect(node.additionalProperties, path).toBe(false);
      expect(node.description, path).toBeDefined();
      for (const [name, field] of Object.entries(node.properties!)) {
        const described =
          field.description ?? resultsSchema.$defs?.[field.$ref?.slice("#/$defs/".length) ?? ""]?.description;
        if (path !== "#/experiments") expect(described, `${path}/${name}`).toMatch(/\.$/);
      }
    }
  });

  it("has the fields of src/results, the optional ones optional, and no others", () => {
    const interfaces = new Map([
      ...interfacesOf("results"),
      ...interfacesOf("analysis-rows"),
      ...interfacesOf("provenance"),
    ]);
    const schemas = new Map(objects(resultsSchema));
    const fieldsOf = (node: SchemaNode) =>
      Object.keys(node.properties!).map((name) => name + (node.required!.includes(name) ? "" : "?"));
    const compared = [...interfaces].map(([name, fields]) => {
      const schema = schemas.get(name === "Results" ? "#" : name);
      // What others extend has no place of its own: its fields are in each of them.
      if (schema !== undefined) expect(fieldsOf(schema).sort(), name).toEqual(fields.toSorted());
      return schema === undefined ? [] : [name];
    });
    expect(compared.flat().sort()).toEqual(
      [...interfaces.keys()].filter((name) => !["ClassificationScores", "TripletCount"].includes(name)).sort(),
    );
  });

  it("has the words of the sources", () => {
    const { $defs, properties } = resultsSchema;
    expect(properties!.schemaVersion!.const).toBe(RESULTS_SCHEMA_VERSION);
    expect($defs!.Experiment!.enum).toEqual(EXPERIMENTS);
    expect(Object.keys(properties!.experiments!.properties!)).toEqual([...EXPERIMENTS]);
    expect($defs!.Space!.enum).toEqual(SPACES);
    expect($defs!.Interval!.properties!.unit!.enum).toEqual(RESAMPLED_UNITS);
    expect($defs!.AudioOnlyRow!.properties!.rule!.enum).toEqual(AUDIO_RULES);
    expect($defs!.TripletRow!.properties!.rule!.enum).toEqual(TRIPLET_RULES);
  });

  it("is published with the package", () => {
    expect(packageJson.exports["./schema/results.schema.json"]).toBe("./schema/results.schema.json");
    expect(packageJson.files).toContain("schema");
  });
});

/**
 * The fields of every interface of a file in src/results, inherited ones included, "?" behind the optional ones; those of
 * an inline object under `Interface/field` or, in a list, `Interface/field[]`.
 */
function interfacesOf(file: string): Map<string, string[]> {
  const text = readFileSync(new URL(`../src/results/${file}.ts`, import.meta.url), "utf8");
  const source = ts.createSourceFile(`${file}.ts`, text, ts.ScriptTarget.Latest);
  const found = new Map<string, string[]>();
  const fields = (members: readonly ts.TypeElement[], place: string): string[] =>
    members.filter(ts.isPropertySignature).map((member) => {
      const name = (member.name as ts.Identifier | ts.StringLiteral).text;
      inline(member.type!, `${place === "Results" ? "#" : place}/${name}`);
      return name + (member.questionToken === undefined ? "" : "?");
    });
  const inline = (type: ts.TypeNode, place: string): void => {
    if (ts.isTypeOperatorNode(type) || ts.isParenthesizedTypeNode(type)) inline(type.type, place);
    else if (ts.isArrayTypeNode(type)) inline(type.elementType, `${place}[]`);
    else if (ts.isTypeLiteralNode(type)) found.set(place, fields(type.members, place));
    else if (ts.isIntersectionTypeNode(type)) {
      found.set(
        place,
        type.types.flatMap((part) => (ts.isTypeLiteralNode(part) ? fields(part.members, place) : inherited(part))),
      );
    }
  };
  const inherited = (type: ts.TypeNode | ts.ExpressionWithTypeArguments): string[] => {
    const name = ts.isTypeReferenceNode(type) ? type.typeName : (type as ts.ExpressionWithTypeArguments).expression;
    return declared((name as ts.Identifier).text);
  };
  const declared = (name: string): string[] => {
    const node = source.statements.find(
      (s): s is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(s) && s.name.text === name,
    )!;
    const parents = (node.heritageClauses ?? []).flatMap((clause) => clause.types.flatMap(inherited));
    return [...parents, ...fields([...node.members], name)];
  };
  for (const node of source.statements)
    if (ts.isInterfaceDeclaration(node)) found.set(node.name.text, declared(node.name.text));
  return found;
}
