import { AudioOptionError, EmptyAudioError, NonFiniteSampleError } from "./errors.ts";
import { simdAnyNotFinite } from "./simd-waveform.ts";

/** Below this a rate is a damaged header: speech over the telephone has 8000 Hz. */
export const MIN_SAMPLE_RATE = 1000;
/** Above this a rate is a damaged header: the fastest converters for music run at 768 kHz. */
export const MAX_SAMPLE_RATE = 768_000;

/** Throws unless the value is an integer in [least, most]. */
export function requireInteger(option: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new AudioOptionError(option, value, `an integer ${range}`);
}

/** Throws when a clip has no samples. */
export function requireSamples(what: string, samples: ArrayLike<number>): void {
  if (samples.length === 0) throw new EmptyAudioError(what);
}

/**
 * Throws at the first sample that is NaN or infinite.
 * @param first - where in the file the samples begin
 */
export function requireFiniteSamples(
  what: string,
  samples: Float32Array | Float64Array,
  sampleRate?: number,
  first = 0,
): void {
  if (samples instanceof Float32Array && simdAnyNotFinite(samples) === false) return;
  for (let i = 0; i < samples.length; i++) {
    // x - x is 0 for a finite x, and else NaN.
    if (samples[i]! - samples[i]! !== 0) throw new NonFiniteSampleError(what, first + i, samples[i]!, sampleRate);
  }
}
