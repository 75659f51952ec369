// Where the headers may come from, and what is none.

const forms = (headers) => {
  const pairs = Object.entries(headers);
  const cased = (change) => Object.fromEntries(pairs.map(([name, value]) => [change(name), value]));
  const lower = cased((name) => name.toLowerCase());
  return {
    "an object": headers,
    "lower case": lower,
    "upper case": cased((name) => name.toUpperCase()),
    Headers: new Headers(headers),
    "a map": new Map(pairs),
    "a list of pairs": pairs,
    "pairs that can be read once": (function* () {
      yield* pairs;
    })(),
    "the iterator of Headers": new Headers(headers).entries(),
    "lists of one": Object.fromEntries(pairs.map(([name, value]) => [name, [value]])),
    "as Node has them": Object.assign(Object.create(null), lower, {
      "set-cookie": ["a=1", "b=2"],
      "content-length": undefined,
      host: "localhost",
    }),
    "with others that are odd": { ...headers, "": "x", "content-length": 5, toString: "x", "x-\u0130": "x" },
  };
};

/** @param {string} header of the signature @param {any} right */
function wrongs(header, right) {
  const without = (name) => Object.fromEntries(Object.entries(right).filter(([given]) => given !== name));
  const appended = (name) => {
    const headers = new Headers(right);
    headers.append(name, right[name]);
    return headers;
  };
  const odd = [undefined, null, "", [], [[]], 5, true, {}];
  const time = "X-Space-Timestamp";
  return {
    none: {},
    "no Headers": new Headers(),
    "no pairs": [],
    "pairs that are none": [null, 5, "x", [], {}],
    swapped: { ...right, [header]: right[time], [time]: right[header] },
    inherited: Object.create(right),
    "the ones that Node has raw": Object.entries(right).flat(),
    ...Object.fromEntries(
      [header, time].flatMap((name) => [
        [`${name} is absent`, without(name)],
        [`${name} is there twice`, { ...right, [name]: [right[name], right[name]] }],
        [`${name} is there twice, one of them wrong`, { ...right, [name]: ["0", right[name]] }],
        [`${name} is there twice, one of them empty`, { ...right, [name]: [right[name], ""] }],
        [`${name} is there in two cases`, { ...right, [name.toLowerCase()]: right[name] }],
        [`${name} is there in two pairs`, [...Object.entries(right), [name, right[name]]]],
        [`${name} was appended`, appended(name)],
        [`${name} has a space in its name`, { ...without(name), [`${name} `]: right[name] }],
        ...odd.map((value) => [`${name} is ${JSON.stringify(value)}`, { ...right, [name]: value }]),
      ]),
    ),
    "the time is a number": { ...right, [time]: Number(right[time]) },
  };
}

export async function headers(kit) {
  for (const { name, header, how } of kit.ways) {
    const request = kit.request();
    const right = Object.fromEntries([header, "X-Space-Timestamp"].map((key) => [key, request.headers[key]]));

    await kit.check(`${name}: headers in every form`, async () => {
      const all = Object.entries(forms(right));
      for (const [form, headers] of all) await kit.accepts({ ...request, headers }, how, form);
      return `${all.length} forms`;
    });

    await kit.check(`${name}: headers that are absent, twice there, or not where they belong`, async () => {
      const all = Object.entries(wrongs(header, right));
      for (const [what, headers] of all) await kit.refuses({ ...request, headers }, how, what);
      return `${all.length} kinds`;
    });

    await kit.check(`${name}: the signature of the other method is none`, async () => {
      const [other] = kit.ways.filter((way) => way.header !== header);
      const { [header]: own, [other.header]: foreign, ...rest } = request.headers;
      await kit.refuses({ ...request, headers: { ...rest, [other.header]: foreign } }, how, "in its header");
      await kit.refuses({ ...request, headers: { ...rest, [header]: foreign } }, how, "in the own header");
      await kit.refuses(
        { ...request, headers: { ...rest, [other.header]: own } },
        how,
        "in the other header",
      );
    });
  }

  await kit.check("what has no headers is no request", async () => {
    const [{ how }] = kit.ways;
    for (const headers of [undefined, null, "x", 5, true]) {
      await kit.misconfigured({ ...kit.request(), headers }, how, String(headers));
    }
    for (const request of [undefined, null, "x", 5, {}]) {
      await kit.misconfigured(request, how, String(request));
    }
  });
}
