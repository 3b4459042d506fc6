#!/usr/bin/env node
import { existsSync } from "node:fs";

// Committed, unlike dist/, so that npm can link the command on a fresh install of the workspace.
const built = new URL("../dist/irec/main.js", import.meta.url);
if (existsSync(built)) {
  const { main } = await import(built.href);
  await main(process.argv.slice(2));
} else {
  process.stderr.write("error: irec is not built yet. Run `npm run build` in the workspace.\n");
  process.exitCode = 1;
}
