import type { TaxonomyTree } from "./taxonomy-from-tree.ts";

/**
 * The instruments of Henry Doktorski's "Taxonomy of Musical Instruments" (The Classical Free-Reed, Inc.), with his names
 * and order. Labels and aliases are ours: a label reads naturally in a prompt and is unique in the tree, and no alias
 * belongs to two nodes. TinySOL's names and abbreviations of its fourteen instruments are aliases.
 *
 * @see henrydoktorski.com/free-reed/description/taxonomy.html
 */
export const doktorskiTree: TaxonomyTree = {
  name: "instrument",
  label: "musical instruments",
  aliases: ["musical instrument", "instruments"],
  children: [
    {
      name: "stringed",
      label: "string instruments",
      aliases: ["stringed instruments", "strings", "chordophones"],
      children: [
        {
          name: "bowed",
          label: "bowed string instruments",
          aliases: ["bowed strings", "bowed instruments"],
          children: [
            { name: "violin", aliases: ["fiddle", "Vn"] },
            { name: "viola", aliases: ["Va"] },
            { name: "violoncello", aliases: ["cello", "Vc"] },
            { name: "contrabass", aliases: ["double bass", "upright bass", "string bass", "Cb"] },
          ],
        },
        {
          name: "plucked",
          label: "plucked string instruments",
          aliases: ["plucked strings"],
          children: [
            { name: "guitar", aliases: ["acoustic guitar"] },
            { name: "banjo" },
            { name: "ukulele" },
            { name: "harp" },
            { name: "harpsichord", aliases: ["cembalo"] },
          ],
        },
        {
          name: "struck",
          label: "struck string instruments",
          aliases: ["struck strings"],
          children: [{ name: "hammered_dulcimer" }, { name: "piano", aliases: ["pianoforte", "acoustic piano"] }],
        },
      ],
    },
    {
      name: "wind",
      label: "wind instruments",
      aliases: ["aerophones"],
      children: [
        {
          name: "pipe_aerophones",
          label: "pipe wind instruments",
          children: [
            {
              name: "edge",
              label: "edge-blown wind instruments",
              aliases: ["edge-blown aerophones"],
              children: [
                {
                  name: "whistle_flutes",
                  aliases: ["fipple flutes", "duct flutes"],
                  children: [
                    { name: "whistle", aliases: ["tin whistle", "penny whistle"] },
                    { name: "recorder" },
                    { name: "organ_flue_pipes", aliases: ["flue pipes"] },
                  ],
                },
                {
                  name: "true_flutes",
                  children: [
                    { name: "jug" },
                    { name: "panpipes", aliases: ["pan pipes", "pan flute"] },
                    { name: "flute", aliases: ["transverse flute", "concert flute", "Fl"] },
                    { name: "piccolo", aliases: ["piccolo flute"] },
                  ],
                },
              ],
            },
            {
              name: "reed_pipe",
              label: "reed woodwind instruments",
              aliases: ["reed pipe instruments"],
              children: [
                {
                  name: "single_reeds",
                  label: "single-reed woodwind instruments",
                  aliases: ["single-reed woodwinds"],
                  children: [
                    {
                      name: "clarinet",
                      aliases: [
                        "clarinet in B-flat",
                        "clarinet in Bb",
                        "clarinet Bb",
                        "B-flat clarinet",
                        "Bb clarinet",
                        "ClBb",
                      ],
                    },
                    { name: "saxophone", aliases: ["alto saxophone", "alto sax", "sax alto", "sax", "ASax"] },
                    { name: "single_reed_bagpipe", label: "single-reed bagpipe" },
                  ],
                },
                {
                  name: "double_reeds",
                  label: "double-reed woodwind instruments",
                  aliases: ["double-reed woodwinds"],
                  children: [
                    { name: "oboe", aliases: ["Ob"] },
                    { name: "bassoon", aliases: ["Bn"] },
                    { name: "double_reed_bagpipe", label: "double-reed bagpipe" },
                  ],
                },
              ],
            },
            {
              name: "brass",
              label: "brass instruments",
              children: [
                {
                  name: "without_valves",
                  label: "brass instruments without valves",
                  aliases: ["valveless brass instruments"],
                  children: [
                    { name: "conch_shell", label: "conch shell trumpet", aliases: ["conch"] },
                    { name: "animal_horn_shofar", label: "shofar", aliases: ["animal horn"] },
                    { name: "didjeridu", label: "didgeridoo" },
                    { name: "bugle" },
                    { name: "trombone", aliases: ["tenor trombone", "slide trombone", "Tbn"] },
                  ],
                },
                {
                  name: "with_valves",
                  label: "brass instruments with valves",
                  aliases: ["valved brass instruments"],
                  children: [
                    { name: "trumpet", aliases: ["trumpet in C", "trumpet C", "C trumpet", "TpC"] },
                    { name: "cornet" },
                    { name: "french_horn", label: "French horn", aliases: ["horn", "Hn"] },
                    { name: "euphonium" },
                    { name: "tuba", aliases: ["bass tuba", "BTb"] },
                  ],
                },
              ],
            },
          ],
        },
        {
          name: "free_aerophones",
          children: [
            {
              name: "beating_reed",
              label: "beating-reed instruments",
              children: [
                {
                  name: "single_reed",
                  label: "organ reed pipes",
                  aliases: ["single-reed organ pipes"],
                  children: [
                    { name: "hautbois", label: "hautbois organ reed pipe" },
                    { name: "fagotto", label: "fagotto organ reed pipe" },
                    { name: "chalumeau", label: "chalumeau organ reed pipe" },
                    { name: "krummhorn", label: "krummhorn organ reed pipe" },
                    { name: "clairon", label: "clairon organ reed pipe" },
                    { name: "trompette", label: "trompette organ reed pipe" },
                    { name: "trompette en chamade", label: "trompette en chamade organ reed pipe" },
                  ],
                },
                {
                  name: "double_reed",
                  label: "vocal double-reed instruments",
                  children: [{ name: "voice", label: "human voice", aliases: ["vocals", "singing voice"] }],
                },
              ],
            },
            {
              name: "free_reed",
              label: "free-reed instruments",
              aliases: ["free-reed aerophones"],
              children: [
                {
                  name: "unframed_reed",
                  label: "unframed free-reed instruments",
                  children: [
                    {
                      name: "wind_blown",
                      label: "wind-blown free-reed instruments",
                      children: [
                        { name: "bull_roarer", label: "bullroarer" },
                        { name: "aeolian_harp", label: "Aeolian harp", aliases: ["wind harp"] },
                      ],
                    },
                    {
                      name: "mouth_blown",
                      label: "mouth-blown unframed free-reed instruments",
                      children: [{ name: "leaf_instrument" }],
                    },
                    {
                      name: "mouth_blown_and_plucked",
                      label: "mouth-blown and plucked free-reed instruments",
                      children: [{ name: "jew_harp", label: "jaw harp", aliases: ["Jew's harp", "Jews harp"] }],
                    },
                  ],
                },
                {
                  name: "framed_reed",
                  label: "framed free-reed instruments",
                  children: [
                    {
                      name: "mouth_blown",
                      label: "mouth-blown framed free-reed instruments",
                      children: [
                        { name: "sheng", label: "sheng mouth organ" },
                        { name: "sho", label: "sho mouth organ", aliases: ["shō"] },
                        { name: "khaen", label: "khaen mouth organ", aliases: ["khene"] },
                        { name: "harmonica", aliases: ["blues harp"] },
                      ],
                    },
                    {
                      name: "hand_blown",
                      label: "hand-blown free-reed instruments",
                      children: [
                        { name: "concertina" },
                        { name: "bandoneon", aliases: ["bandoneón"] },
                        { name: "bayan", label: "bayan accordion" },
                        { name: "accordion", aliases: ["Acc"] },
                        { name: "indian_harmonium", label: "Indian harmonium", aliases: ["hand harmonium"] },
                      ],
                    },
                    {
                      name: "foot_blown",
                      label: "foot-blown free-reed instruments",
                      children: [
                        { name: "harmonium" },
                        { name: "reed_organ", aliases: ["pump organ"] },
                        { name: "pedal_concertina" },
                      ],
                    },
                    {
                      name: "mechanically_blown",
                      label: "mechanically blown free-reed instruments",
                      children: [
                        { name: "barrel_organ" },
                        { name: "orchestrion" },
                        { name: "pedal_reed_organ" },
                        { name: "electric_chord_organ", aliases: ["chord organ"] },
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
    {
      name: "percussion",
      label: "percussion instruments",
      children: [
        {
          name: "idiophones",
          children: [
            {
              name: "pitched",
              label: "idiophones of definite pitch",
              aliases: ["pitched idiophones"],
              children: [
                {
                  name: "struck",
                  label: "struck idiophones of definite pitch",
                  children: [
                    { name: "triangle" },
                    { name: "bell", aliases: ["bells"] },
                    { name: "gong" },
                    { name: "cymbal", aliases: ["cymbals"] },
                    { name: "xylophone" },
                    { name: "marimba" },
                    { name: "celesta", aliases: ["celeste"] },
                  ],
                },
                {
                  name: "rubbed",
                  label: "rubbed idiophones of definite pitch",
                  children: [
                    { name: "prayer_bowls", label: "singing bowls", aliases: ["singing bowl", "prayer bowl"] },
                    { name: "glass_harmonica", aliases: ["glass armonica"] },
                  ],
                },
                {
                  name: "plucked",
                  label: "plucked idiophones of definite pitch",
                  aliases: ["plucked idiophones", "lamellophones"],
                  children: [{ name: "music_box" }, { name: "kalimba", aliases: ["thumb piano"] }, { name: "mbira" }],
                },
              ],
            },
            {
              name: "unpitched",
              label: "idiophones of indefinite pitch",
              aliases: ["unpitched idiophones"],
              children: [
                {
                  name: "struck",
                  label: "struck idiophones of indefinite pitch",
                  children: [{ name: "slit_drum" }, { name: "castanets" }],
                },
                {
                  name: "shaken",
                  label: "shaken idiophones of indefinite pitch",
                  aliases: ["shaken idiophones"],
                  children: [{ name: "rattle" }, { name: "jingles", aliases: ["jingle bells"] }],
                },
              ],
            },
          ],
        },
        {
          name: "membranophone",
          label: "membranophones",
          children: [
            {
              name: "determinate_pitch",
              label: "membranophones of definite pitch",
              children: [
                {
                  name: "struck",
                  label: "struck membranophones of definite pitch",
                  children: [
                    { name: "timpani", aliases: ["kettledrums", "kettledrum"] },
                    { name: "roto_toms", label: "rototoms", aliases: ["roto-toms"] },
                  ],
                },
              ],
            },
            {
              name: "indeterminate_pitch",
              label: "membranophones of indefinite pitch",
              children: [
                {
                  name: "struck",
                  label: "struck membranophones of indefinite pitch",
                  children: [
                    { name: "snare_drum", aliases: ["side drum"] },
                    { name: "bass_drum", aliases: ["kick drum"] },
                    { name: "bongos", aliases: ["bongo drums"] },
                    { name: "congas", aliases: ["conga drums"] },
                    { name: "tambourine" },
                  ],
                },
                {
                  name: "rubbed",
                  label: "rubbed membranophones of indefinite pitch",
                  aliases: ["rubbed membranophones"],
                  children: [{ name: "friction_drum" }],
                },
                {
                  name: "blown",
                  label: "blown membranophones of indefinite pitch",
                  aliases: ["blown membranophones"],
                  children: [{ name: "kazoo" }],
                },
              ],
            },
          ],
        },
      ],
    },
    {
      name: "electrophone",
      label: "electric and electronic instruments",
      aliases: ["electrophones"],
      children: [
        {
          name: "electroacoustic",
          label: "electroacoustic instruments",
          children: [
            { name: "electric_guitar" },
            { name: "electric_bass", label: "electric bass guitar", aliases: ["bass guitar"] },
            {
              name: "fender_rhodes_electric_piano",
              label: "Fender Rhodes electric piano",
              aliases: ["Fender Rhodes", "Rhodes piano", "electric piano"],
            },
            { name: "electric_violin" },
          ],
        },
        {
          name: "electronic",
          label: "electronic instruments",
          children: [
            {
              name: "electromagnetic",
              label: "electromagnetic instruments",
              children: [
                { name: "theremin" },
                { name: "ondes_martenot", label: "ondes Martenot" },
                { name: "electric_organ" },
                { name: "synthesizer", aliases: ["synthesiser", "synth"] },
              ],
            },
            {
              name: "digital",
              label: "digital instruments",
              children: [
                { name: "midi_keyboard", label: "MIDI keyboard" },
                { name: "midi_wind_controller", label: "MIDI wind controller" },
                { name: "midi_drum_machine", label: "MIDI drum machine", aliases: ["drum machine"] },
                { name: "midi_guitar", label: "MIDI guitar" },
                { name: "midi_accordion", label: "MIDI accordion" },
              ],
            },
          ],
        },
      ],
    },
  ],
};
