// A configuration that proves nothing never ends in a payload, nor in a quiet `null`.

export async function configuration(kit) {
  const { signingKey, verificationToken, keys } = kit.vectors;
  const publicKeys = { keys: [keys.rsa2048] };
  const odd = [
    ...["", 5, 0, true, false, [], {}, [signingKey], new Uint8Array(32), Symbol("x"), () => {}],
    ...[Number.NaN, 5n, new Map()],
  ];

  const wrong = [
    ...[undefined, null, {}, [], "", signingKey, 5, true, () => ({ signingKey }), [{ signingKey }]],
    { signingKey, publicKeys },
    { signingKey, verificationToken },
    { publicKeys, verificationToken },
    { signingKey, publicKeys, verificationToken },
    { tolerance: 1000 },
    { signingkey: signingKey },
    Object.create({ signingKey }),
    { signingKey: undefined },
    { signingKey: null },
    { signingKey: undefined, publicKeys: undefined, verificationToken: undefined },
    ...odd.flatMap((value) => [{ signingKey: value }, { publicKeys: value }, { verificationToken: value }]),
  ];

  await kit.check("exactly one method, with a key that is one", async () => {
    for (const [place, how] of wrong.entries()) {
      await kit.misconfigured(kit.request("init"), how, `configuration ${place}`);
    }
    return `${wrong.length} configurations`;
  });

  await kit.check("a tolerance is a whole number of milliseconds, at most one day", async () => {
    const tolerances = [
      ...[-1, 0.5, 1.5, 86_400_001, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY],
      ...["300000", "", true, [], {}, 5n, new Date(5)],
    ];
    for (const tolerance of tolerances) {
      for (const { how } of kit.ways) {
        await kit.misconfigured(kit.request(), { ...how, tolerance }, String(tolerance));
      }
    }
    for (const tolerance of [0, -0, 1, 86_400_000, undefined, null]) {
      for (const { how } of kit.ways)
        await kit.accepts(kit.request(), { ...how, tolerance }, String(tolerance));
    }
  });

  await kit.check("what is undefined or null is not given", async () => {
    for (const nothing of [undefined, null]) {
      const how = { signingKey, publicKeys: nothing, verificationToken: nothing, more: 1 };
      await kit.accepts(kit.request(), how, String(nothing));
    }
  });

  await kit.check("where there is no `crypto.subtle`, it is said; signing keys do without", async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, "crypto");
    Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
    try {
      const [bySigningKey, byPublicKey] = kit.ways;
      await kit.accepts(kit.request(), bySigningKey.how);
      await kit.rejects(kit.request(), byPublicKey.how, "unsupported", "request");
    } finally {
      delete globalThis.crypto;
      if (before) Object.defineProperty(globalThis, "crypto", before);
    }
  });
}
