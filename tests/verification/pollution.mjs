// What somebody has put into `Object.prototype` is no configuration, no key and no header.

/** Works with this member in everybody's prototype. */
async function polluted(name, value, work) {
  Object.defineProperty(Object.prototype, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
  try {
    return await work();
  } finally {
    delete Object.prototype[name];
  }
}

export async function pollution(kit) {
  const { signingKey, verificationToken, keys, wrong } = kit.vectors;
  const publicKeys = { keys: [keys.rsa2048] };
  const request = kit.request("init");
  const foreign = {
    signingKey: "foreign",
    publicKeys: { keys: [keys.rsa2048b] },
    verificationToken: "foreign",
  };
  const hows = [{ signingKey }, { publicKeys }, { verificationToken }];

  await kit.check("pollution: the configuration alone says what is right", async () => {
    const signedBy = (header, signature) => {
      const { body, headers } = kit.request();
      return { body, headers: { "X-Space-Timestamp": headers["X-Space-Timestamp"], [header]: signature } };
    };
    const byOthers = {
      signingKey: signedBy("X-Space-Signature", wrong.hmac["by another key"]),
      publicKeys: signedBy("X-Space-Public-Key-Signature", wrong.rsa["by another key"]),
      verificationToken: { headers: {}, body: '{"className":"X","verificationToken":"foreign"}' },
    };
    // The key that the foreign signature was made with.
    const known = { ...foreign, signingKey: "6f1ed002" };
    for (const [name, value] of Object.entries(known)) {
      await polluted(name, value, async () => {
        await kit.misconfigured(byOthers[name], {}, `${name}, and nothing configured`);
        for (const how of hows) {
          if (!(name in Object.assign(Object.create(null), how))) {
            await kit.accepts(request, how, `${name}, not ${Object.keys(how)}`, "InitPayload");
          }
          await kit.refuses(byOthers[name], how, `${name}, not ${Object.keys(how)}`);
        }
      });
    }
  });

  await kit.check("pollution: time and headers are those of the request", async () => {
    const { headers, body } = kit.request();
    for (const { how, header } of kit.ways) {
      await polluted("tolerance", 86_400_000, () =>
        kit.at(kit.clock.now + 300_001, () => kit.refuses(kit.request(), how, "tolerance")),
      );
      for (const name of [header, "X-Space-Timestamp"]) {
        for (const spelled of [name, name.toLowerCase()]) {
          const { [name]: value, ...others } = headers;
          await polluted(spelled, value, () => kit.refuses({ headers: others, body }, how, spelled));
        }
      }
    }
  });

  await kit.check("pollution: a key is what its own members say", async () => {
    for (const [name, value] of Object.entries({
      ...{ kty: "EC", alg: "RS256", use: "enc", ext: "x", key_ops: ["sign"], d: "AQAB", p: "x", oth: [] },
      ...{ n: keys.rsa2048b.n, e: "AQ", keys: [], hash: "SHA-1", name: "RSA-PSS", code: "x", hint: "x" },
    })) {
      await polluted(name, value, async () => {
        await kit.accepts(request, { signingKey }, name, "InitPayload");
        // Platforms themselves stumble over such members of a key, which lets nobody in.
        for (const kind of ["by another key", "for the exponent 1", "with SHA-256", "with PSS"]) {
          const headers = { "X-Space-Public-Key-Signature": wrong.rsa[kind] };
          await kit.refuses(kit.request("message", headers), { publicKeys }, `${name}, ${kind}`);
        }
      });
    }
    await polluted("e", "AQAB", () =>
      kit.misconfigured(request, { publicKeys: { keys: [{ kty: "RSA", n: keys.rsa2048.n }] } }, "e"),
    );
  });

  await kit.check("pollution: a class is the payload's own", () =>
    polluted("className", "InitPayload", () =>
      kit.rejects(kit.request("classless"), { signingKey }, "invalid_request", "request", "className"),
    ),
  );
}
