import type { Command } from "commander";
import { EXIT_CODES } from "../errors.ts";
import { printable } from "../printable.ts";
import { writeText } from "../text-output.ts";

/** Adds `irec doctor` to the program. */
export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .summary("say which backend models run on, why, how fast it is, and what would make it faster")
    .description(
      "Starts and measures each backend for a fraction of a second, and says which one is used, why, and what would make " +
        "it faster. Fails when none works, or not the one that is asked for: then no model loads either.",
    )
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      `
Environment:
  IREC_BACKEND  tensorflow, wasm, or auto (default): the native one when it loads
  IREC_THREADS  threads of the native backend (default: all processors)
  IREC_CACHE    the folder of irec's cache`,
    )
    .action(runDoctor);
}

async function runDoctor({ json }: { readonly json?: boolean }): Promise<void> {
  const [{ diagnose }, { diagnosisText }] = await Promise.all([
    import("../doctor/diagnosis.ts"),
    import("../doctor/diagnosis-text.ts"),
  ]);
  const diagnosis = await diagnose();
  const text = json ? `${JSON.stringify(diagnosis, null, 2)}\n` : printable(diagnosisText(diagnosis));
  await writeText([text], undefined);
  if (diagnosis.inUse === undefined) process.exitCode = EXIT_CODES.backend.code;
}
