/**
 * Whether a password is one of those that guessing programs try first: a common word or row of keys, alone, twice, or with
 * digits and signs around it. Short ones need no list, since the minimum length rules them out.
 *
 * @param password - in lower case
 */
export function isCommonPassword(password: string): boolean {
  if (WHOLE.has(password) || isSequence(password) || /^(.{1,6})\1+$/u.test(password)) return true;
  const inner = undoSubstitutions(password).replace(/^\P{L}+|\P{L}+$/gu, '');
  const letters = password.replace(/\P{L}+/gu, '');
  return [inner, letters].some((text) => text !== '' && isOfWords(text));
}

// Long entries of published lists of leaked passwords that no rule below catches.
const WHOLE = new Set([
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  '1qaz2wsx3edc4rfv',
  'q1w2e3r4t5y6',
  'zaq12wsxcde3',
  'zaq1xsw2cde3',
  'abcd1234abcd',
  'a1b2c3d4e5f6',
  'correcthorsebatterystaple',
  'correct horse battery staple',
]);

const WORDS = [
  'password', 'passwort', 'passphrase', 'kennwort', 'motdepasse', 'contraseña', 'letmein', 'welcome', 'willkommen', 'iloveyou',
  'admin', 'administrator', 'root', 'user', 'guest', 'test', 'demo', 'changeme', 'default', 'secret', 'geheim', 'login', 'master',
  'qwerty', 'qwertz', 'azerty', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm', 'asdf', 'qazwsx', 'qazwsxedc',
  'dragon', 'monkey', 'football', 'baseball', 'superman', 'batman', 'princess', 'sunshine', 'shadow', 'trustno', 'starwars',
  'pokemon', 'michael', 'jennifer', 'exact', 'annotation', 'microscope', 'pathology', 'hello', 'hallo', 'my', 'is', 'the', 'new', 'me',
].sort((a, b) => b.length - a.length); // prettier-ignore

/** Whether a text is nothing but entries of the list in a row. */
function isOfWords(text: string): boolean {
  const reachable = new Set([0]);
  for (let at = 0; at < text.length; at += 1) {
    if (!reachable.has(at)) continue;
    for (const word of WORDS) if (text.startsWith(word, at)) reachable.add(at + word.length);
  }
  return reachable.has(text.length);
}

function undoSubstitutions(text: string): string {
  const letters: Record<string, string> = {
    '0': 'o',
    '1': 'i',
    '3': 'e',
    '4': 'a',
    '5': 's',
    '7': 't',
    '@': 'a',
    $: 's',
  };
  return text.replace(/(?<=\p{L})[013457@$](?=\p{L})/gu, (sign) => letters[sign] ?? sign);
}

/** `abcdefghijkl`, `123456789012`, `987654321098`: each character next to the one before, in one direction. */
function isSequence(text: string): boolean {
  const codes = Array.from(text, (sign) => sign.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, at) => code - (codes[at] ?? 0));
  const isStep = (wanted: number) => (step: number) => step === wanted || step === -9 * wanted; // from 9 on to 0
  return steps.every(isStep(1)) || steps.every(isStep(-1));
}
