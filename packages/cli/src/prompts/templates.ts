/** TinySOL's instruments as the study spells them, in the order of its tables. */
export const TINYSOL_LABELS: readonly string[] = [
  "bass tuba",
  "french horn",
  "trombone",
  "trumpet in c",
  "accordion",
  "contrabass",
  "violin",
  "viola",
  "violoncello",
  "bassoon",
  "clarinet in b-flat",
  "flute",
  "oboe",
  "alto saxophone",
];

/** TinySOL's families as the study spells them. */
export const FAMILY_LABELS: readonly string[] = ["key", "brass", "woodwind", "string"];

export interface Template {
  readonly name: string;
  readonly template: string;
  /** The name of the template that it denies. */
  readonly negates?: string;
}

/** The study's templates for instruments, word for word; "A oboe track" is as it was. */
export const STUDY_TEMPLATES: readonly Template[] = [
  { name: "muscall_prompt", template: "A {x} track" },
  { name: "negative_muscall_prompts", template: "A no {x} track", negates: "muscall_prompt" },
  { name: "this_is_a_recording_of", template: "This is a recording of {x}" },
  { name: "solo_musical_instrument_sound_of", template: "Solo musical instrument sound of {x}" },
  { name: "sound_of_musical_instrument", template: "Sound of {x} musical instrument" },
];

/** The study's templates for families. */
export const FAMILY_TEMPLATES: readonly Template[] = [
  { name: "muscall_prompt_instruments", template: "A {x} track" },
  { name: "muscall_prompt_and_instruments", template: "A {x} instruments track" },
  { name: "muscall_prompt_and_musical_instruments", template: "A track of {x} musical instruments" },
];

/**
 * Nine of the twenty templates of the follow-up study: those that are known to us word for word. The names are ours.
 * @see arXiv 2409.11449
 */
export const FOLLOW_UP_TEMPLATES: readonly Template[] = [
  { name: "the_sound_of", template: "The sound of {x}" },
  { name: "music_made_with", template: "Music made with {x}" },
  { name: "a_song_with", template: "A song with {x}" },
  { name: "a_track_with_recorded", template: "A track with {x} recorded" },
  { name: "a_music_recording_of", template: "A music recording of {x}" },
  { name: "the_song_has", template: "The song has {x}" },
  { name: "musical_sounds_from", template: "Musical sounds from {x}" },
  { name: "this_music_sounds_like", template: "This music sounds like {x}" },
  { name: "a_music_track", template: "A {x} music track" },
];

/** The follow-up study's four negations. The names are ours, and so is which template each one is set against. */
export const FOLLOW_UP_NEGATIONS: readonly Template[] = [
  { name: "no", template: "No {x}", negates: "label" },
  { name: "no_the_sound_of", template: "No the sound of {x}", negates: "the_sound_of" },
  { name: "doesnt_sound_like", template: "Doesn't sound like {x}", negates: "this_music_sounds_like" },
  { name: "not_music_from", template: "Not music from {x}", negates: "musical_sounds_from" },
];
