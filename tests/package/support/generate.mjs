// What the properties are tried with.

import fc from "fast-check";

// One knob for all properties, those in Rust too.
fc.configureGlobal({ numRuns: Number(process.env.PROPTEST_CASES ?? 256) });

const marks = [..."&=+%#?;/\\\"' \t\n\0aZ09~@:\u007f\ufeff\u202eé漢😀"];
const character = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  { weight: 2, arbitrary: fc.constantFrom(...marks) },
);

/** Well-formed text of any script, with control characters and the marks of URLs. */
export const text = () =>
  fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: character, maxLength: 24 }) },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  );

/** Any string at all: halves of surrogate pairs, too. */
export const string = () =>
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
    .map((units) => String.fromCharCode(...units));

/** Characters of `alphabet`. @param {string} alphabet */
export const of = (alphabet, minLength = 1, maxLength = 40) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });

const PRINTABLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join("");

/** Printable ASCII without spaces: a token, a code or a state. */
export const token = (minLength = 1, maxLength = 40) => of(PRINTABLE, minLength, maxLength);

const pieces = [
  ...["%", "%2", "%zz", "%00", "%ff", "%E0%A4%A", "%C0%AF", "%25", "%26", "%3D", "%23", "%3F", "%u0041"],
  ...["+", "&", "&&", "=", "==", "#", "?", "/", "//", "\\", ";", ":", "@", "[", "]", "..", ".", "é", "😀"],
  ...["state", "code", "error", "st%61te", "c%6Fde", "state=s1", "code=c", "https://a", "https:", "http:"],
  ...["\0", "\n", "\t", "__proto__", "state[]"],
];

/** What addresses are made of, in any order: parameters, escapes whole and broken, marks. */
export const soup = () =>
  fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: text() }), {
      maxLength: 24,
    })
    .map((all) => all.join(""));

const hosts = [
  ...[
    "as.example",
    "AS.Example",
    "bücher.example",
    "a-b.co.uk",
    "10.1.2.3",
    "0x7f.1",
    "127.0.0.1",
    "0.0.0.0",
  ],
  ...["2130706433", "[::1]", "[0:0::1]", "[::]", "[::ffff:127.0.0.1]", "[2001:db8::1]", "127.255.1.2"],
  ...["localhost", "LOCALHOST", "x.localhost", "notlocalhost", "localhost.", "localhost.evil.example"],
  ...["127.evil.example", "127.0.0.1.evil.example", "as.example.", "as.example.evil.example", "asXexample"],
];

const segments = [
  "a",
  "b",
  "api",
  "apiary",
  "API",
  "..",
  ".",
  "%2e%2e",
  "%2F",
  "",
  "é",
  "x y",
  ";v=1",
  "a:b",
];

export const path = () =>
  fc
    .tuple(fc.array(fc.constantFrom(...segments), { maxLength: 5 }), fc.boolean())
    .map(([all, slash]) => all.map((segment) => `/${segment}`).join("") + (slash ? "/" : ""));

/** Addresses that differ in all that can make one another's look-alike. */
export const address = () =>
  fc
    .tuple(
      fc.constantFrom(
        ...["https://", "https://", "https://", "http://", "HTTPS://", "https:\\\\", "https:", "\thttps://"],
        ...["ftp://", "wss://", "blob:https://"],
      ),
      fc.constantFrom("", "", "", "", "", "", "u@", "u:p@", ":p@", "as.example@", "@"),
      fc.constantFrom(...hosts),
      fc.constantFrom("", "", ":443", ":80", ":8443", ":"),
      path(),
      fc.constantFrom("", "", "", "", "", "", "?", "?q=/a", "#", "#f"),
    )
    .map((parts) => parts.join(""));

/** Parameters that decide what the answer means. */
export const PROTOCOL = [
  ...["response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce"],
  ...["code_challenge", "code_challenge_method", "request", "request_uri"],
];

/** Parameters of an answer, which a redirect URI must not hold. */
export const ANSWER = [
  ...["state", "iss", "error", "error_description", "error_uri", "code", "access_token", "token_type"],
  ...["expires_in", "scope", "id_token", "refresh_token", "session_state"],
];

const reserved = new Set([...PROTOCOL, ...ANSWER, "access_type", "request_credentials"]);

/** A name that is nobody's but the caller's. */
export const ownName = () =>
  fc
    .oneof(text(), fc.constantFrom("prompt", "tenant", "__proto__", "constructor", "State", "a[]", ""))
    .filter((name) => !reserved.has(name));

/** Parameters of the caller's own, each name once. */
export const ownParameters = () =>
  fc.uniqueArray(fc.tuple(ownName(), text()), { maxLength: 6, selector: ([name]) => name });

/**
 * `value` in one of its many well-formed encodings: each bit of `choice` decides for one byte.
 * @param {string} value
 * @param {number} choice
 */
export function encoded(value, choice) {
  const bytes = [...new TextEncoder().encode(value)].map((byte, index) => {
    const shown = String.fromCharCode(byte);
    if (shown === " " && choice & 2) return "+";
    const isPlain = PRINTABLE.includes(shown) && !"&=+%#?".includes(shown);
    if (isPlain && !((choice >> (index % 29)) & 1)) return shown;
    const digits = byte.toString(16).padStart(2, "0");
    return `%${choice & 4 ? digits : digits.toUpperCase()}`;
  });
  return bytes.join("");
}

/** What `encoded` chooses by. */
export const choice = () => fc.integer({ min: 0, max: 2 ** 30 - 1 });

export { fc };
