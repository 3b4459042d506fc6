import { defineConfig } from "vitest/config";

/** Tests run on the sources: the `@irec/source` condition of every package's exports, in both resolvers. */
const fromSource = {
  resolve: { conditions: ["@irec/source"] },
  ssr: { resolve: { conditions: ["@irec/source"] } },
};

/** A console call in a test is a failure: libraries never print, and a test has nothing to say. */
const silent = {
  onConsoleLog(log: string): never {
    throw new Error(`a test or the code under test printed: ${log}`);
  },
};

const packages = ["ontology", "metrics", "encoders", "cli"];

export default defineConfig({
  test: {
    globalSetup: ["./test/announce-reference.ts", "./test/announce-chromium.ts"],
    reporters: ["default", "./test/count-reporter.ts"],
    ...silent,
    projects: [
      ...packages.map((name) => ({
        ...fromSource,
        test: { name, root: `packages/${name}`, include: ["src/**/*.test.ts", "test/**/*.test.ts"] },
      })),
      {
        ...fromSource,
        test: {
          name: "workspace",
          root: ".",
          include: ["test/**/*.test.ts"],
          globalSetup: ["./test/pack-packages.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
