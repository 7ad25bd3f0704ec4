import type { CellClass } from './differential.ts';

/** What a class of annotations stands for in the mitotic count. */
export const MITOTIC_KINDS = ['figure', 'lookAlike'] as const;
export type MitoticKind = (typeof MITOTIC_KINDS)[number];

/**
 * How words for the cells begin, in English and German, without accents. Long ones may have a slip of the pen: EXACT's asthma study has
 * its lymphocytes as "Lymohozyten".
 */
const BEGINNINGS: Readonly<Record<CellClass, readonly string[]>> = {
  macrophage: ['macrophag', 'makrophag'],
  lymphocyte: ['lymphocyt', 'lymphozyt'],
  neutrophil: ['neutrophil', 'segmentkern', 'polymorphonuclear'],
  mastCell: ['mastzell', 'mastcell', 'mastocyt', 'mastozyt'],
  eosinophil: ['eosinophil'],
};
/** Short forms, which have to be the whole word. */
const SHORT_FORMS: Readonly<Record<CellClass, readonly string[]>> = {
  macrophage: ['mac', 'macs', 'macro', 'makro', 'mf'],
  lymphocyte: ['lym', 'lymph', 'lympho', 'lymphs'],
  neutrophil: ['neut', 'neuts', 'neutro', 'pmn', 'pmns', 'neu'],
  mastCell: ['mast', 'masts', 'mc'],
  eosinophil: ['eo', 'eos', 'eosino'],
};
const NEGATIONS = /\b(non|not|no|kein\w*|nicht|other|andere\w*|tumou?rs?|unclear|unklar\w*)\b|\b(non|nicht)-?(?=\w)/;

/**
 * The class that the name of a template means ("Neutrophile", "Mast cell", "Makrophagen"). Only a guess, for people to correct.
 *
 * @returns nothing for names of no class or of several, and for negations
 */
export function cellClassOfName(name: string): CellClass | undefined {
  const plain = plainWords(name);
  if (NEGATIONS.test(plain)) return undefined;
  const words = plain.split(' ');
  const found = (Object.keys(BEGINNINGS) as CellClass[]).filter((cell) =>
    words.some(
      (word) => SHORT_FORMS[cell].includes(word) || BEGINNINGS[cell].some((beginning) => begins(word, beginning)),
    ),
  );
  return found.length === 1 ? found[0] : undefined;
}

const NOT_A_FIGURE =
  /\b(non|not|no|kein\w*|nicht|fake|falsch\w*|false|pseudo\w*|like|ahnlich\w*|aehnlich\w*)\b|nonmito|nichtmito|mito\w*(ahnlich|aehnlich|like)|look ?alike|imposter|impostor|hard negative|mimic/;

/**
 * Whether the name of a template means mitotic figures or what looks like one ("Mitotic figure", "Mitose", "non-mitotic", "hard negative
 * imposter"). Only a guess, for people to correct.
 */
export function mitoticKindOfName(name: string): MitoticKind | undefined {
  const plain = plainWords(name);
  const isAboutMitosis = /mito(s|t)/.test(plain);
  if (NOT_A_FIGURE.test(plain) && (isAboutMitosis || /look ?alike|imposter|impostor|hard negative|mimic/.test(plain)))
    return 'lookAlike';
  return isAboutMitosis && !/\bind(ex|ices)\b/.test(plain) ? 'figure' : undefined;
}

/** Lower case, without accents, words parted by single spaces: "MastCells_2" → "mast cells". */
const plainWords = (name: string): string =>
  name
    .replace(/ß/g, 'ss')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .normalize('NFD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}]+/gu, ' ')
    .trim();

/** Whether a word begins so, with at most one letter wrong, missing or too many in long beginnings; the first one has to be right. */
function begins(word: string, beginning: string): boolean {
  if (word.startsWith(beginning)) return true;
  if (beginning.length < 8 || word[0] !== beginning[0]) return false;
  for (let length = beginning.length - 1; length <= beginning.length + 1; length++)
    if (word.length >= length && isOneOff(word.slice(0, length), beginning)) return true;
  return false;
}

function isOneOff(a: string, b: string): boolean {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return (
    a.slice(at + 1) === b.slice(at + 1) || // another letter
    a.slice(at) === b.slice(at + 1) || // one missing
    a.slice(at + 1) === b.slice(at) || // one too many
    (a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2)) // two exchanged
  );
}
