// The verification token: a member of the body, and nothing else.

export async function token(kit) {
  const { verificationToken } = kit.vectors;
  const how = { verificationToken };
  const of = (members) => ({ headers: {}, body: JSON.stringify({ className: "InitPayload", ...members }) });

  await kit.check("verification token: the same one is taken, whatever else the request has", async () => {
    await kit.accepts(of({ verificationToken }), how, "alone", "InitPayload");
    await kit.accepts(of({ a: [{}], verificationToken, b: null }), how, "among others", "InitPayload");
    const signed = kit.request("init", { "X-Space-Signature": "00", "X-Space-Timestamp": "0" });
    await kit.accepts(signed, { ...how, tolerance: 0 }, "with a signature", "InitPayload");
    const odd = 'é\u0000🚀"\\';
    await kit.accepts(of({ verificationToken: odd }), { verificationToken: odd }, "odd", "InitPayload");
  });

  await kit.check("verification token: another one, or none, is refused", async () => {
    const last = verificationToken.slice(0, -1);
    const wrong = [
      ...[undefined, null, "", 5, true, [verificationToken], { verificationToken }, [], {}],
      ...[last, `${last}0`, `${verificationToken}0`, ` ${verificationToken}`, `${verificationToken}\n`],
      ...[verificationToken.toUpperCase(), verificationToken.repeat(2), `${verificationToken}\0`],
    ];
    for (const token of wrong) {
      await kit.refuses(of({ verificationToken: token }), how, JSON.stringify(token));
    }
    await kit.refuses(of({ verificationtoken: verificationToken }), how, "of another name");
    await kit.refuses(of({ inner: { verificationToken } }), how, "further inside");
    await kit.refuses({ headers: { verificationToken }, body: of({}).body }, how, "in a header");
    await kit.refuses(of({ verificationToken: 5 }), { verificationToken: "5" }, "a number");
    await kit.refuses(of({ verificationToken: null }), { verificationToken: "null" }, "null");
    return `${wrong.length} tokens`;
  });

  await kit.check("verification token: a body that is none has no token either", async () => {
    const text = JSON.stringify(verificationToken);
    for (const body of [
      "",
      text,
      verificationToken,
      `[{"className":"X","verificationToken":${text}}]`,
      `{"className":"X","verificationToken":${text}`,
      `{"className":"X","verificationToken":${text}} x`,
      `{"className":"X","verificationToken":"x","verificationToken":${text}}`,
      `{"className":"X","verificationToken":${text},"verificationToken":"x"}`,
      `verificationToken=${verificationToken}`,
    ]) {
      await kit.refuses({ headers: {}, body }, how, body);
    }
  });

  await kit.check("verification token: with it, but without a class, a request is an error", async () => {
    for (const className of [undefined, null, "", 5]) {
      await kit.rejects(of({ verificationToken, className }), how, "invalid_request", "request");
    }
  });
}
