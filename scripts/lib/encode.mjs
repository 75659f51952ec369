// Bytes as text that compresses almost as well as the bytes themselves. Base64 puts every three bytes into four
// characters and so hides from brotli where bytes begin (29 % more); here each byte is one character, or two for the
// rarer ones (4 % more).

/** Printable ASCII that needs no escape in a JavaScript string of either quote, in a template, or in HTML. */
const ALPHABET = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
  (character) => !"\"'\\`$<&".includes(character),
);

/** How many of the characters announce a second one. */
const MARKS = 3;

/**
 * The frequent bytes in their order (two hexadecimal digits each) and the text. The first `MARKS` characters of the
 * alphabet announce the other bytes, in ascending order; `npm/decode.js` reads it.
 * @param {Uint8Array} bytes
 */
export function encode(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const single = ALPHABET.length - MARKS;
  const byFrequency = [...counts.keys()].sort((one, other) => counts[other] - counts[one] || one - other);
  const frequent = byFrequency.slice(0, single);
  const order = new Set([...frequent, ...counts.keys()]);
  const codes = new Array(256);
  for (const [place, byte] of [...order].entries()) {
    const beyond = place - single;
    const width = ALPHABET.length;
    codes[byte] =
      beyond < 0 ? ALPHABET[place + MARKS] : ALPHABET[Math.floor(beyond / width)] + ALPHABET[beyond % width];
  }
  let text = "";
  for (const byte of bytes) text += codes[byte];
  return {
    frequent: Buffer.from(frequent).toString("hex"),
    text,
    alphabet: ALPHABET.join(""),
    length: bytes.length,
  };
}
