import { defineConfig } from "vitest/config";

/** Models of the published sizes, from files of up to 0.8 GB that are written and removed again: `npm run test:full`. */
export default defineConfig({
  resolve: { conditions: ["@irec/source"] },
  ssr: { resolve: { conditions: ["@irec/source"] } },
  test: {
    root: "packages/encoders",
    include: ["test/full/**/*.full.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    onConsoleLog(log: string): never {
      throw new Error(`a test or the code under test printed: ${log}`);
    },
  },
});
