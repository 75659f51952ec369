// Keys of every size, sets of them in every form, and keys that nothing may be verified with.
import { base64UrlOf, bytesOfUrl } from "./kit.mjs";

export async function keys(kit) {
  const { vectors } = kit;
  const { rsa1024, rsa2046, rsa2048, rsa2048b, ec } = vectors.keys;
  const signedBy = (key) => kit.request("message", { "X-Space-Public-Key-Signature": vectors.message[key] });
  const set = (...all) => ({ publicKeys: { keys: all } });
  const request = kit.request();

  await kit.check("public key: of 2048, 2056, 3072 and 4096 bits", async () => {
    for (const name of ["rsa2048", "rsa2048b", "rsa2056", "rsa3072", "rsa4096"]) {
      await kit.accepts(signedBy(name), set(vectors.keys[name]), name);
      await kit.refuses(signedBy(name), set(vectors.keys[name === "rsa2048" ? "rsa2048b" : "rsa2048"]), name);
    }
  });

  const unusable = unusableKeys(vectors.keys);

  await kit.check("public key: any of several may have signed, whatever stands beside it", async () => {
    const others = Object.values(unusable);
    for (const [what, all] of Object.entries({
      "the first": [rsa2048, rsa2048b],
      "the second": [rsa2048b, rsa2048],
      "the last of many": [...Array(9).fill(rsa2048b), rsa2048],
      "among those that cannot be used": [...others, rsa2048, ...others],
      "with all that a key may say": [
        { ...rsa2048, kid: "k", use: "sig", alg: "RS512", key_ops: ["verify"], ext: true, x5c: ["x"] },
      ],
    })) {
      await kit.accepts(request, set(...all), what);
    }
    await kit.accepts(signedBy("rsa2048b"), set(rsa2048, rsa2048b), "rotated");
  });

  await kit.check("public key: none of the keys has signed", async () => {
    await kit.refuses(request, set(rsa2048b), "another");
    await kit.refuses(request, set(rsa2048b, vectors.keys.rsa3072, vectors.keys.rsa4096), "others");
    await kit.refuses(signedBy("rsa1024"), set(rsa1024, rsa2048), "a weak key's signature");
    await kit.refuses(signedBy("rsa2046"), set(rsa2046, rsa2048), "that of one nearly as strong");
    await kit.refuses(request, set(rsa2048b, { ...rsa2048, alg: "RS256" }), "one for another algorithm");
    const forged = vectors.wrong.rsa["for the exponent 1"];
    const byAnybody = kit.request("message", { "X-Space-Public-Key-Signature": forged });
    for (const e of ["AQ", "AAE", "AAAB"]) await kit.refuses(byAnybody, set(rsa2048, { ...rsa2048, e }), e);
  });

  await kit.check("public key: a set as an object, as text, and as the text within it", async () => {
    const text = JSON.stringify({ keys: [rsa2048] });
    for (const [what, publicKeys] of Object.entries({
      "an object": { keys: [rsa2048] },
      "a frozen object": Object.freeze({ keys: Object.freeze([Object.freeze({ ...rsa2048 })]) }),
      "with more members": { keys: [rsa2048], more: 1 },
      text,
      "text with spaces": ` ${JSON.stringify({ keys: [rsa2048] }, null, "\t")}\n`,
    })) {
      await kit.accepts(request, { publicKeys }, what);
    }
  });

  await kit.check("public key: the very text that Space's address answers with, a JSON text in JSON", () =>
    kit.accepts(request, { publicKeys: JSON.stringify(JSON.stringify({ keys: [rsa2048] })) }),
  );

  await kit.check("public key: a modulus that was written with a sign byte", () =>
    kit.accepts(request, set({ ...rsa2048, n: base64UrlOf(Uint8Array.of(0, ...bytesOfUrl(rsa2048.n))) })),
  );

  for (const [what, key] of Object.entries(unusable)) {
    await kit.check(`public key: ${what} is a mistake of the configuration`, () =>
      kit.misconfigured(request, set(key), what),
    );
  }

  await kit.check("public key: a set with no key in it is a mistake of the configuration", async () => {
    for (const publicKeys of [
      ...[{ keys: [] }, {}, [], [rsa2048], rsa2048, ec, { keys: rsa2048 }, { keys: { 0: rsa2048 } }],
      ...["", " ", "{", "null", "[]", "{}", '{"keys":[]}', '{"keys":[{}]}', rsa2048.n],
      ...[5, true, null, undefined, new Uint8Array(3), { keys: JSON.stringify([rsa2048]) }],
      JSON.stringify({ keys: [rsa2048] }).replace("{", '{"keys":[],'),
    ]) {
      await kit.misconfigured(request, { publicKeys }, JSON.stringify(publicKeys));
    }
  });
}

/** Each of them alone is nothing to verify with. */
function unusableKeys({ rsa1024, rsa2046, rsa2048, ec }) {
  const modulus = bytesOfUrl(rsa2048.n);
  const even = modulus.with(-1, modulus.at(-1) & 254);
  return {
    "a key of an elliptic curve": ec,
    "a key of 1024 bits": rsa1024,
    "a key of 2046 bits": rsa2046,
    "one of 1024 bits with zeros in front": {
      ...rsa1024,
      n: base64UrlOf(Uint8Array.of(...new Uint8Array(128), ...bytesOfUrl(rsa1024.n))),
    },
    "one that is larger than any platform takes": {
      ...rsa2048,
      n: base64UrlOf(new Uint8Array(4097).fill(255)),
    },
    "the exponent 0": { ...rsa2048, e: "AA" },
    "the exponent 1": { ...rsa2048, e: "AQ" },
    "the exponent 1 with zeros in front": { ...rsa2048, e: "AAAAAQ" },
    "the exponent 2": { ...rsa2048, e: "Ag" },
    "an even exponent": { ...rsa2048, e: "AQAC" },
    "an exponent as long as a modulus": { ...rsa2048, e: rsa2048.n },
    "no exponent": { ...rsa2048, e: undefined },
    "an empty exponent": { ...rsa2048, e: "" },
    "an even modulus": { ...rsa2048, n: base64UrlOf(even) },
    "no modulus": { ...rsa2048, n: undefined },
    "an empty modulus": { ...rsa2048, n: "" },
    "a modulus of zeros": { ...rsa2048, n: base64UrlOf(new Uint8Array(256)) },
    "a modulus that is no base64": { ...rsa2048, n: `${rsa2048.n.slice(0, -1)}!` },
    "a modulus that is a list": { ...rsa2048, n: [rsa2048.n] },
    "a key for RS256": { ...rsa2048, alg: "RS256" },
    "a key for PS512": { ...rsa2048, alg: "PS512" },
    "a key to encrypt with": { ...rsa2048, use: "enc" },
    "a symmetric key": { kty: "oct", k: rsa2048.n, alg: "HS512" },
    "another type of key": { ...rsa2048, kty: "rsa" },
    "a key without a type": { ...rsa2048, kty: undefined },
    "no key at all": {},
    "a text": rsa2048.n,
    "a list": [rsa2048],
    nothing: null,
  };
}
