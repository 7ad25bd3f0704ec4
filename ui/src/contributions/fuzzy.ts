/**
 * How well a text fits what somebody types: every word must be found, as the start of a word, inside one, or as letters in order
 * ("sa" finds "Select all").
 *
 * @returns a higher number for a better fit; undefined when a word is not found; 0 for an empty search
 */
export function fuzzyScore(text: string, search: string): number | undefined {
  const lower = text.toLowerCase();
  let total = 0;
  for (const word of search.toLowerCase().split(/\s+/)) {
    if (word === '') continue;
    const score = wordScore(lower, word);
    if (score === undefined) return undefined;
    total += score;
  }
  // of two texts that fit, the shorter says more exactly what was meant
  return total === 0 ? 0 : total - Math.min(0.9, text.length / 200);
}

function wordScore(text: string, word: string): number | undefined {
  if (text === word) return 12;
  if (text.startsWith(word)) return 10;
  if (text.includes(` ${word}`)) return 8;
  if (text.includes(word)) return 5;
  return initials(text).startsWith(word) ? 4 : isInOrder(text, word) ? 1 : undefined;
}

const initials = (text: string): string =>
  text
    .split(/[^\p{L}\p{N}]+/u)
    .map((part) => part.charAt(0))
    .join('');

function isInOrder(text: string, word: string): boolean {
  let at = -1;
  for (const letter of word) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return word.length > 1;
}
