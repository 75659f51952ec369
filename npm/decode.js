/** How many characters of the alphabet announce a second one. */
const MARKS = 3;

/**
 * Turns the text that `scripts/lib/encode.mjs` makes back into bytes: one character a byte, two for the rarer ones.
 * @param {{ frequent: string, text: string, alphabet: string, length: number }} encoded
 */
export function decode({ frequent, text, alphabet, length }) {
  const order = new Set(frequent.match(/../g)?.map((digits) => parseInt(digits, 16)));
  for (let byte = 0; byte < 256; byte++) order.add(byte);
  const byPlace = [...order];
  const width = alphabet.length;
  let position = 0;
  return Uint8Array.from({ length }, () => {
    const place = alphabet.indexOf(text[position++]) - MARKS;
    if (place >= 0) return byPlace[place];
    return byPlace[(place + MARKS + 1) * width - MARKS + alphabet.indexOf(text[position++])];
  });
}
