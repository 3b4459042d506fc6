/**
 * The result tables of the study "I can listen but cannot read: An evaluation of two-tower multimodal systems for instrument
 * recognition" (ISMIR 2024, arXiv 2407.18058), as its repository has them in evaluation_output/. TinySOL, all 2,913 clips, cosine
 * similarity; audio-only with class centroids that include the scored clip. Its columns: F1 is weighted by class, PR-AUC is
 * average precision.
 */
export const PUBLISHED_STUDY = {
  citation: "ISMIR 2024, arXiv:2407.18058",
  dataset: "tinysol",
  clips: 2913,
  columns: ["top-1", "top-2", "top-3", "top-4", "top-5", "F1", "ROC-AUC", "PR-AUC"],
  tables: [
    {
      source: "evaluation_output/zeroshot_baseline/muscall.csv",
      experiment: "zero-shot",
      models: ["muscall"],
      rows: {
        muscall_prompt: [
          0.04394095434260213, 0.14349467902506008, 0.2320631651218675, 0.3532440782698249, 0.4490216271884655,
          0.016951613713524515, 0.5617926040891164, 0.08887567581916032,
        ],
        definition: [
          0.046000686577411604, 0.08410573292138689, 0.12701682114658427, 0.21970477171301064, 0.2663920357020254,
          0.015342761280462512, 0.5397120089706151, 0.08663656370893946,
        ],
        definition_no_label_word: [
          0.03535873669756265, 0.06865774116031582, 0.10230003432887058, 0.164778578784758, 0.23652591829728803,
          0.0032078721101582585, 0.5392969230619669, 0.0893623872015268,
        ],
        label_random_context: [
          0.11053896326810848, 0.3079299691040165, 0.40885684860968075, 0.4473051836594576, 0.48266392035702027,
          0.0458290392270601, 0.601110170818888, 0.11033622199087063,
        ],
        negative_muscall_prompts: [
          0.03844833504977686, 0.13971850326124272, 0.24098867147270855, 0.4229316855475455, 0.505664263645726,
          0.011881855511849638, 0.549163342351589, 0.08455596358766801,
        ],
        solo_musical_instrument_sound_of: [
          0.1053896326810848, 0.16580844490216273, 0.22313765877102643, 0.28184002746309644, 0.35976656368005494,
          0.04547029280657886, 0.5551815474646766, 0.08581382958166517,
        ],
        this_is_a_recording_of: [
          0.06385169927909372, 0.16615173360796429, 0.3820803295571576, 0.4328870580157913, 0.46927566083075867,
          0.03174923577192153, 0.5620905871374678, 0.08946318869299022,
        ],
      },
    },
    {
      source: "evaluation_output/zeroshot_baseline/music_laion_clap.csv",
      experiment: "zero-shot",
      models: ["music-clap", "music_laion_clap"],
      rows: {
        muscall_prompt: [
          0.4527978029522829, 0.644352900789564, 0.789564023343632, 0.8716100240302094, 0.9289392378990731,
          0.4206911144602659, 0.8759515670318411, 0.43885024019232716,
        ],
        definition: [
          0.4160659114315139, 0.7408170271198078, 0.8650875386199794, 0.9234466186062479, 0.9491932715413662,
          0.4250111243293456, 0.9202245953716217, 0.5009575251813609,
        ],
        definition_no_label_word: [
          0.1874356333676622, 0.32028836251287335, 0.39752832131822863, 0.47579814624098865, 0.5406797116374872,
          0.11023810661118363, 0.7469229759651312, 0.20687469754862287,
        ],
        label_random_context: [
          0.33813937521455545, 0.5667696532784071, 0.6773086165465156, 0.7689667009955372, 0.8218331616889805,
          0.27551790997305126, 0.8818388066425334, 0.4394440146012702,
        ],
        negative_muscall_prompts: [
          0.24613800205973224, 0.4648129076553381, 0.596292481977343, 0.6766220391349125, 0.7555784414692757,
          0.1760471452377286, 0.7663613108803586, 0.2829785301094819,
        ],
        solo_musical_instrument_sound_of: [
          0.24648129076553382, 0.46755921730175076, 0.6975626501888088, 0.7912804668726399, 0.8516992790937178,
          0.2619248893158481, 0.8549793833458221, 0.3835149022640364,
        ],
        this_is_a_recording_of: [
          0.45760384483350497, 0.6560247167868177, 0.7813250944043941, 0.8626845176793684, 0.9196704428424305,
          0.4224037113398898, 0.939444841830978, 0.5582620036784764,
        ],
      },
    },
    {
      source: "evaluation_output/audio_only/muscall.csv",
      experiment: "audio-only",
      models: ["muscall"],
      rows: {
        joint_space: [
          0.4768280123583934, 0.6563680054926193, 0.7356676965327841, 0.7929969104016478, 0.852385856505321,
          0.4786223266542094, 0.7161862752901601, 0.27359848826337047,
        ],
        pre_joint: [
          0.483693786474425, 0.6515619636113972, 0.7329213868863714, 0.7950566426364573, 0.8499828355647099,
          0.48330643392577294, 0.7210654285871225, 0.27946752165185235,
        ],
      },
    },
    {
      source: "evaluation_output/audio_only/music_laion_clap.csv",
      experiment: "audio-only",
      models: ["music-clap", "music_laion_clap"],
      rows: {
        joint_space: [
          0.8928939237899073, 0.9800892550635084, 0.99347751458977, 0.9965671129419842, 0.9975969790593889,
          0.8925584406051701, 0.9805094465016556, 0.8114976609813285,
        ],
      },
    },
  ],
} as const satisfies PublishedStudy;

/** Tables of a study, with where they are from. */
export interface PublishedStudy {
  readonly citation: string;
  /** Its name among our data sets. */
  readonly dataset: string;
  readonly clips: number;
  readonly columns: readonly string[];
  readonly tables: readonly PublishedTable[];
}

export interface PublishedTable {
  /** The file in the study's repository. */
  readonly source: string;
  readonly experiment: "zero-shot" | "audio-only";
  /** What stores call the model: the names of our registry and of the study. */
  readonly models: readonly string[];
  /** By prompt set, or by space. */
  readonly rows: Readonly<Record<string, readonly number[]>>;
}
