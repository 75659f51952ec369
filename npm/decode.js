/** How many characters of the alphabet announce a second one. */
const MARKS = 3;

/**
 * Turns the text that `scripts/lib/encode.mjs` makes back into bytes: one character a byte, two for the rarer ones.
 * @param {{ order: string, text: string, alphabet: string, length: number }} encoded
 */
export function decode({ order, text, alphabet, length }) {
  const bytes = new Uint8Array(length);
  const single = alphabet.length - MARKS;
  let position = 0;
  for (let index = 0; index < length; index++) {
    let place = alphabet.indexOf(text[position++]);
    place =
      place < MARKS ? single + place * alphabet.length + alphabet.indexOf(text[position++]) : place - MARKS;
    bytes[index] = parseInt(order.slice(2 * place, 2 * place + 2), 16);
  }
  return bytes;
}
