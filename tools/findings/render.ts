import type { Findings } from "./findings.ts";
import { methodSection } from "./render-method.ts";
import { audioOnlySection, zeroShotSection } from "./render-muscall.ts";
import { inShort, limitsSection } from "./render-summary.ts";
import { mainSection, mixedSection, ontologySection, promptSection, sensitivitySection } from "./render-triplets.ts";

/** docs/findings.md: every number is one of the findings, and every word about its direction is made from it. */
export function findingsMarkdown(findings: Findings): string {
  return `${[
    "<!-- Made by npm run findings from findings.json; edit tools/findings instead. -->",
    "# What the study's triplets say, and what corrected ones say",
    inShort(findings),
    methodSection(findings),
    mainSection(findings),
    mixedSection(findings),
    ontologySection(findings),
    promptSection(findings),
    sensitivitySection(findings),
    zeroShotSection(findings),
    audioOnlySection(findings),
    limitsSection(findings),
  ].join("\n\n")}\n`;
}
