import type { ProvisionedTemplate } from '@exact/sdk/server';

/** The people of the demo. The password is public: it is printed at the start and shown on the page for signing in. */
export const PASSWORD = 'exact-demo-only';
export const PEOPLE = {
  manager: { username: 'demo', displayName: 'Demo manager', password: PASSWORD, isAdmin: true },
  reader: { username: 'reader', displayName: 'Demo reader', password: PASSWORD },
} as const;

export const TEAM = 'Demo lab';

export const PROJECT = {
  name: 'Demo: histology and blood cells',
  description:
    'A place to try everything out. One real slide (H&E, skin) and a series of blood smears with the boxes of their authors. Nothing here is a diagnosis.',
} as const;

export const SLIDE = {
  set: {
    name: 'Histology',
    description: 'CMU-1 small region: a part of a slide of skin, Aperio SVS, 2220 × 2967 pixels at 0.499 µm.',
    tags: ['demo', 'H&E'],
  },
  file: 'CMU-1-Small-Region.svs',
  product: {
    name: 'Histology',
    description: 'Structures and qualities of slides.',
    templates: [
      { name: 'Tumour', kind: 'polygon', description: 'Outline of a connected tumour area.' },
      { name: 'Vessel', kind: 'polygon', description: 'Outline of a blood vessel.' },
      {
        name: 'Mitotic figure',
        kind: 'box',
        defaultWidth: 50,
        defaultHeight: 50,
        description: 'One click places a box of 50 × 50 pixels around the cell.',
      },
      { name: 'Nucleus', kind: 'point', description: 'The centre of one nucleus.' },
      {
        name: 'Region of interest',
        kind: 'box',
        defaultWidth: 500,
        defaultHeight: 400,
        description: 'A part of the slide that others should look at.',
      },
      { name: 'Slide quality', kind: 'image', description: 'A remark on the slide as a whole: focus, stain, folds.' },
    ],
  },
} as const satisfies Chapter & { file: string };

export const BLOOD = {
  set: {
    name: 'Blood cells',
    description:
      'Photographs of stained blood smears (BCCD, MIT licence), 640 × 480 pixels, with the boxes of their authors.',
    tags: ['demo', 'blood'],
  },
  folder: 'blood-cells',
  product: {
    name: 'Blood cells',
    description: 'Cells of the blood, each in a box.',
    // Default sizes: medians of BCCD's boxes (3,943 in 292 photographs: 105 × 101, 204 × 182, 39 × 39), rounded to 5 px.
    templates: [
      { name: 'RBC', kind: 'box', defaultWidth: 105, defaultHeight: 100, description: 'Red blood cell (erythrocyte).' },
      { name: 'WBC', kind: 'box', defaultWidth: 205, defaultHeight: 180, description: 'White blood cell (leucocyte).' },
      { name: 'Platelets', kind: 'box', defaultWidth: 40, defaultHeight: 40, description: 'Platelet (thrombocyte).' },
    ],
  },
} as const satisfies Chapter & { folder: string };

/** Where the plugin for sounds is installed. */
export const BIRDS = {
  set: {
    name: 'Bird song',
    description:
      'Ten seconds of birds in the field (opensoundscape, MIT licence) as a spectrogram: seconds to the right, frequencies upwards. Play it, and draw boxes around songs.',
    tags: ['demo', 'sound'],
  },
  file: 'bird-song/birds.flac',
  product: {
    name: 'Sounds',
    description: 'What is heard, each in a box of time and frequency.',
    templates: [
      { name: 'Song', kind: 'box', description: 'A song or call of a bird.' },
      { name: 'Noise', kind: 'box', description: 'Wind, rain, engines.' },
    ],
  },
} as const satisfies Chapter & { file: string };

interface Chapter {
  readonly set: { readonly name: string; readonly description: string; readonly tags: readonly string[] };
  readonly product: {
    readonly name: string;
    readonly description: string;
    readonly templates: readonly ProvisionedTemplate[];
  };
}
