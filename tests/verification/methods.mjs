// What OpenSSL has signed is taken, by every method; what it has signed otherwise is not.

export async function methods(kit) {
  const { vectors, ways } = kit;

  for (const { name, how } of ways) {
    await kit.check(`${name}: every request that OpenSSL signed is taken`, async () => {
      const all = Object.keys(vectors.requests);
      for (const request of all) {
        const { className } = JSON.parse(atob(vectors.requests[request].body));
        await kit.accepts(kit.request(request), how, request, className);
      }
      return `${all.length} requests`;
    });
  }

  await kit.check("verification token: a request that has it is taken", () =>
    kit.accepts(
      { ...kit.request("init"), headers: {} },
      { verificationToken: vectors.verificationToken },
      "the right one",
      "InitPayload",
    ),
  );

  for (const { name, how, kind, header } of ways) {
    await kit.check(`${name}: what OpenSSL signed in another way is refused`, async () => {
      const wrong = Object.entries(vectors.wrong[kind]);
      for (const [what, signature] of wrong) {
        await kit.refuses(kit.request("message", { [header]: signature }), how, what);
      }
      return `${wrong.length} signatures`;
    });

    await kit.check(`${name}: the signature of one request is none of another`, async () => {
      const all = Object.keys(vectors.requests);
      for (const [place, request] of all.entries()) {
        const other = kit.request(all[(place + 1) % all.length]);
        await kit.refuses({ ...kit.request(request), headers: other.headers }, how, request);
      }
    });
  }

  await kit.check("many at once do not mix", async () => {
    const calls = Array.from({ length: 400 }, (_, index) => {
      const { how, header } = ways[index % 2];
      const isGood = index % 3 === 0;
      const request = kit.request(index % 5 ? "message" : "spaced", isGood ? {} : { [header]: "00" });
      return { expected: isGood ? (index % 5 ? "MessagePayload" : "MenuActionPayload") : null, request, how };
    });
    const given = await Promise.all(calls.map(({ request, how }) => kit.verify(request, how)));
    const wrong = calls.filter(({ expected }, index) => (given[index]?.className ?? null) !== expected);
    if (wrong.length > 0) throw new Error(`${wrong.length} of 400`);
    return "400 calls";
  });
}
