import { hasModules } from "./process.ts";

/** One measured run of one side. */
export interface Sample {
  readonly seconds: number;
  /** Peak resident memory of the process, where the side is a process of its own. */
  readonly peakBytes?: number;
}

/** One of the things compared. A run that yields a wrong result throws: the time of a wrong answer means nothing. */
export interface Side {
  readonly name: string;
  readonly run: () => Promise<Sample>;
}

/** What a run may use. */
export interface Context {
  /** Fewer repeats and smaller inputs: does everything still work? Not for figures. */
  readonly quick: boolean;
  /** A folder for generated inputs and outputs; large inputs stay there for the next run. */
  readonly folder: string;
  /** A Python with numpy and scikit-learn, when there is one. */
  readonly python: string | undefined;
  /** The study's public data (`published/...`), when it is there. */
  readonly reference: string | undefined;
  /** Says what is being prepared, on stderr. */
  readonly say: (line: string) => void;
}

/** A comparison as data: who, against whom, how often, and what is expected. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  /** The first peer's median divided by ours should be at least this; below 1 ours may be that much slower. */
  readonly targetRatio: number;
  readonly targetPeakBytes?: number;
  readonly repeats: number;
  readonly needs: readonly ("python" | "reference")[];
  /** Modules that the Python of the peers has to have, besides numpy and scikit-learn. */
  readonly needsModules?: readonly string[];
  /** What limits ours, for the reader of the table. */
  readonly limit: string;
  /** Makes the inputs and returns the sides; the first peer is the one that the target speaks of. `close` comes last. */
  readonly prepare: (context: Context) => Promise<{
    readonly ours: Side;
    readonly peers: readonly Side[];
    readonly close?: () => Promise<void>;
  }>;
}

/** The medians of one side. */
export interface SideResult {
  readonly name: string;
  readonly medianSeconds: number;
  readonly seconds: readonly number[];
  readonly peakBytes?: number;
  /** Median of this side divided by the median of ours; more than 1 means that ours is faster. */
  readonly ratio: number;
  /** Quartiles of the ratios within one turn: half of the turns lie between. */
  readonly quartiles: readonly [lower: number, upper: number];
}

export interface SuiteResult {
  readonly name: string;
  readonly title: string;
  readonly targetRatio: number;
  readonly targetPeakBytes?: number;
  readonly limit: string;
  /** Why nothing was measured; absent when it was. */
  readonly skipped?: string;
  readonly sides: readonly SideResult[];
}

/**
 * The medians of a suite whose sides take turns, so that a slow minute of the machine hits all of them.
 * Returns the reason instead when something that the suite needs is absent.
 */
export async function measure(suite: Suite, context: Context): Promise<SuiteResult> {
  const { name, title, targetRatio, targetPeakBytes, limit } = suite;
  const about = { name, title, targetRatio, limit, ...(targetPeakBytes === undefined ? {} : { targetPeakBytes }) };
  const missing = absent(suite, context);
  if (missing !== undefined) return { ...about, skipped: missing, sides: [] };

  const { ours, peers, close } = await suite.prepare(context);
  const sides = [ours, ...peers];
  const samples = sides.map((): Sample[] => []);
  try {
    for (let turn = 0; turn < (context.quick ? 1 : suite.repeats); turn++) {
      for (const [i, side] of sides.entries()) {
        context.say(`${name}: ${side.name}, run ${turn + 1}`);
        samples[i]!.push(await side.run());
      }
    }
  } finally {
    await close?.();
  }

  const ownSeconds = samples[0]!.map(({ seconds }) => seconds);
  const own = median(ownSeconds);
  return {
    ...about,
    sides: sides.map((side, i) => {
      const seconds = samples[i]!.map((sample) => sample.seconds);
      const peaks = samples[i]!.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes]));
      const medianSeconds = median(seconds);
      const peak = peaks.length > 0 ? { peakBytes: Math.max(...peaks) } : {};
      const ratios = seconds.map((value, turn) => value / ownSeconds[turn]!);
      const quartiles = [quantile(ratios, 0.25), quantile(ratios, 0.75)] as const;
      return { name: side.name, medianSeconds, seconds, ratio: medianSeconds / own, quartiles, ...peak };
    }),
  };
}

function absent(suite: Suite, context: Context): string | undefined {
  if (suite.needs.includes("python") && context.python === undefined)
    return "no Python with numpy and scikit-learn found: set IREC_PYTHON to one";
  if (suite.needs.includes("reference") && context.reference === undefined)
    return "the study's reference data is absent: set IREC_REFERENCE to its folder";
  const { needsModules = [] } = suite;
  if (context.python !== undefined && !hasModules(context.python, needsModules))
    return `the Python lacks one of ${needsModules.join(", ")}: set IREC_PYTHON to one that has them`;
  return undefined;
}

/** The middle value; the mean of the two middle ones for an even number. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share of the values lies; between two of them, on the line from one to the other. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place % 1);
}
