/** A fenced block of a Markdown file. */
export interface CodeBlock {
  /** The word after the fence, such as `ts`; empty when there is none. */
  readonly language: string;
  readonly code: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a document, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [i, text] of markdown.split("\n").entries()) {
    const fence = /^```\s*(\w*)/.exec(text);
    if (open === undefined) {
      if (fence !== null) open = { language: fence[1]!, line: i + 1, lines: [] };
    } else if (fence !== null) {
      blocks.push({ language: open.language, code: open.lines.join("\n"), line: open.line });
      open = undefined;
    } else {
      open.lines.push(text);
    }
  }
  if (open !== undefined) throw new Error(`the block that starts in line ${open.line} has no end`);
  return blocks;
}

/** TypeScript blocks whose next block is `text`: a program and what it prints. */
export function examples(markdown: string): { readonly program: CodeBlock; readonly output: CodeBlock }[] {
  const blocks = codeBlocks(markdown);
  return blocks.flatMap((program, i) => {
    const output = blocks[i + 1];
    return program.language === "ts" && output?.language === "text" ? [{ program, output }] : [];
  });
}

/** The targets of links and images that are paths, without their anchors; nothing from inside code. */
export function relativeLinks(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm)]
    .map(([, inline, reference]) => (inline ?? reference)!)
    .filter((target) => !/^([a-z]+:|#)/i.test(target))
    .map((target) => target.replace(/#.*$/, ""));
}

/** The commands of a shell block, as words: continued lines joined, comments and what follows a pipe or `&&` apart. */
export function shellCommands(code: string): string[][] {
  return code
    .replace(/\\\n/g, " ")
    .split(/\n|&&|[|;]/)
    .map((line) => (line.replace(/(^|\s)#.*$/, "").match(/"[^"]*"|'[^']*'|[^\s>]+/g) ?? []).map(unquoted))
    .filter((words) => words.length > 0);
}

const unquoted = (word: string) => word.replace(/^(["'])(.*)\1$/, "$2");
