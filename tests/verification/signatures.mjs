// Signatures that a lenient reader would take, since they stand for the very bytes of one that is right.
import { base64Of, bytesOf, bytesOfUrl, must } from "./kit.mjs";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOfHex = (hex) => Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));
const lines = (text, width) => text.match(new RegExp(`.{1,${width}}`, "g"));

const around = (text) =>
  [" ", "\t", "\n", "\r\n", "\0", "\u00a0", ",", '"', "'"].flatMap((mark) => [
    mark + text,
    text + mark,
    text.slice(0, 10) + mark + text.slice(10),
  ]);

const hexTraps = (hex) => [
  ...around(hex),
  hex.toUpperCase(),
  hex.replace(/[a-f]/, (digit) => digit.toUpperCase()),
  ...["0x", "sha256=", "sha256:", "="].map((prefix) => prefix + hex),
  hex.slice(0, -1),
  hex.slice(0, -2),
  hex.slice(0, 32),
  hex.slice(0, 2),
  `${hex}0`,
  `${hex}00`,
  `00${hex}`,
  hex + hex,
  "",
  base64Of(bytesOfHex(hex)),
  hex.replace(/\d/, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  "0".repeat(64),
];

function base64Traps(base64, modulus) {
  const bytes = bytesOf(base64);
  must(base64.endsWith("=="), "two characters of padding");
  const last = ALPHABET.indexOf(base64.at(-3));
  // 256 bytes leave four bits of the last character that stand for nothing.
  const unusedBits = Array.from({ length: 15 }, (_, bits) => ALPHABET[last ^ (bits + 1)]);
  const urlSafe = base64.replaceAll("+", "-").replaceAll("/", "_");
  must(urlSafe !== base64, "both alphabets differ in it");
  // The same number once more around the modulus (RFC 8017 section 5.2.2 wants it below).
  const number = BigInt(`0x${hexOf(bytes)}`) + BigInt(`0x${hexOf(modulus)}`);
  const digits = number.toString(16);
  return [
    ...around(base64),
    ...unusedBits.map((character) => `${base64.slice(0, -3)}${character}==`),
    base64.slice(0, -1),
    base64.slice(0, -2),
    `${base64.slice(0, -2)}%3D%3D`,
    `${base64}=`,
    `${base64}====`,
    `${base64}AAAA`,
    urlSafe,
    urlSafe.slice(0, -2),
    ...[64, 76].flatMap((width) => [lines(base64, width).join("\n"), lines(base64, width).join("\r\n")]),
    base64 + base64,
    "",
    "=",
    "====",
    hexOf(bytes),
    base64Of(bytes.slice(1)),
    base64Of(bytes.slice(0, -1)),
    base64Of(Uint8Array.of(0, ...bytes)),
    base64Of(Uint8Array.of(...bytes, 0)),
    base64Of(bytes.slice().reverse()),
    base64Of(bytesOfHex(digits.padStart(digits.length + (digits.length % 2), "0"))),
    ...[0, 1, 255].map((byte) => base64Of(new Uint8Array(256).fill(byte))),
    base64Of(modulus),
    base64.replace("=", "\uff1d"),
  ];
}

export async function signatures(kit) {
  const modulus = bytesOfUrl(kit.vectors.keys.rsa2048.n);
  const traps = { hmac: hexTraps, rsa: (text) => base64Traps(text, modulus) };
  for (const { name, kind, header, how } of kit.ways) {
    await kit.check(`${name}: a signature must be written as it has to be`, async () => {
      const right = kit.request().headers[header];
      const wrong = traps[kind](right);
      must(new Set([...wrong, right]).size === wrong.length + 1, "all are different");
      for (const signature of wrong) {
        await kit.refuses(kit.request("message", { [header]: signature }), how, JSON.stringify(signature));
      }
      return `${wrong.length} signatures`;
    });
  }
}
