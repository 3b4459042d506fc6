export type { EncodeOptions, TowerOutput, TwoTower, Waveform } from "./two-tower.ts";
