import { tinysolTerms } from "@irec/ontology";
import { score } from "./score.ts";

const element = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const rule = element<HTMLSelectElement>("rule");
const vectors = element<HTMLTextAreaElement>("vectors");
const result = element<HTMLOutputElement>("result");

element("terms").innerHTML = tinysolTerms.map(({ label }) => `<li>${label}</li>`).join("");

function show(): void {
  try {
    result.textContent = vectors.value.trim() === "" ? "" : score(vectors.value, rule.value);
  } catch (error) {
    result.textContent = error instanceof Error ? error.message : String(error);
  }
}

vectors.addEventListener("input", show);
rule.addEventListener("change", show);
