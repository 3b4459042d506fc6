import type { MelBankConfig } from "./mel-bank.ts";
import type { StftConfig } from "./stft.ts";

/** All that makes a log-mel spectrogram of a waveform: what a model calls its front-end. */
export interface FrontEnd extends StftConfig, MelBankConfig {
  /** How many samples the tower reads at once, at `sampleRate`. */
  readonly clipLength: number;
  /** Raises everything below the loudest value of a clip minus this many decibels; null for no such floor. */
  readonly dynamicRange: number | null;
}

/** LAION-CLAP's models without fusion, HTSAT-tiny and HTSAT-base: 10 s clips of 1001 frames. */
export const laionClapFrontEnd: FrontEnd = {
  sampleRate: 48_000,
  clipLength: 480_000,
  fftLength: 1024,
  hopLength: 480,
  normalised: false,
  melBins: 64,
  melScale: "slaney",
  minFrequency: 50,
  maxFrequency: 14_000,
  dynamicRange: null,
};

/**
 * MusCALL: 20 s clips of 626 frames. Its highest frequency is above half the sample rate, so filters 116 to 127 of 128
 * are zero. They are part of the model: their rows hold the floor of the clip.
 */
export const muscallFrontEnd: FrontEnd = {
  sampleRate: 16_000,
  clipLength: 320_000,
  fftLength: 1024,
  hopLength: 512,
  normalised: true,
  melBins: 128,
  melScale: "htk",
  minFrequency: 0,
  maxFrequency: 11_025,
  dynamicRange: 100,
};
