import { describe, expect, it } from 'vitest';
import { cellClassOfName, mitoticKindOfName } from './cell-names.ts';

describe('the class that a name means', () => {
  it.each([
    // as the asthma study of EXACT has them, slip of the pen included
    ['Eosinophile', 'eosinophil'],
    ['Lymohozyten', 'lymphocyte'],
    ['Makrophagen', 'macrophage'],
    ['Mastzellen', 'mastCell'],
    ['Neutrophile', 'neutrophil'],
    // English, one and many
    ['Mast cell', 'mastCell'],
    ['MastCells', 'mastCell'],
    ['mast_cell', 'mastCell'],
    ['Neutrophils', 'neutrophil'],
    ['Lymphocyte', 'lymphocyte'],
    ['alveolar macrophage', 'macrophage'],
    ['eosinophil granulocyte', 'eosinophil'],
    // German
    ['Lymphozyt', 'lymphocyte'],
    ['Mastzelle', 'mastCell'],
    ['Segmentkernige', 'neutrophil'],
    ['Neutrophiler Granulozyt', 'neutrophil'],
    // short and mistyped
    ['EOS', 'eosinophil'],
    ['PMN', 'neutrophil'],
    ['Lympho', 'lymphocyte'],
    ['Makropahgen', 'macrophage'],
    ['Neutrophl', 'neutrophil'],
    ['Macrophage 2', 'macrophage'],
  ])('"%s" is %s', (name, expected) => {
    expect(cellClassOfName(name)).toBe(expected);
  });

  it.each([
    'Epithelial cell',
    'Erythrocyte',
    'Zellen',
    'non-neutrophil',
    'kein Eosinophiler',
    'mast cell tumour',
    'Macrophage or lymphocyte',
    'mitotic figure',
    'Grade 3',
    'Hemosiderophage',
    'Maskierung',
    '',
    '42',
  ])('"%s" is none', (name) => {
    expect(cellClassOfName(name)).toBeUndefined();
  });
});

describe('what a name means for the mitotic count', () => {
  it.each([
    ['mitotic figure', 'figure'],
    ['Mitotic Figures', 'figure'],
    ['Mitose', 'figure'],
    ['Mitosefigur', 'figure'],
    ['atypical mitosis', 'figure'],
    ['non-mitotic cell', 'lookAlike'],
    ['Nonmitotic', 'lookAlike'],
    ['mitosis-like', 'lookAlike'],
    ['Mitotic figure look-alike', 'lookAlike'],
    ['hard negative (imposter)', 'lookAlike'],
    ['fake mitotic figure', 'lookAlike'],
    ['keine Mitose', 'lookAlike'],
    ['Mitoseähnlich', 'lookAlike'],
    ['Mitosefigur-ähnlich', 'lookAlike'],
  ])('"%s" is %s', (name, expected) => {
    expect(mitoticKindOfName(name)).toBe(expected);
  });

  it.each(['mitochondrion', 'Neutrophile', 'negative control', 'not a cell', 'mitotic index', ''])(
    '"%s" is nothing',
    (name) => {
      expect(mitoticKindOfName(name)).toBeUndefined();
    },
  );
});
