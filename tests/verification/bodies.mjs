// The raw bytes, in whatever they arrive; and what is no raw bytes any more.
import { must, textOf } from "./kit.mjs";

const POST = { method: "POST" };
const ADDRESS = "https://endpoint.example/space";

export async function bodies(kit) {
  const { body, headers } = kit.request();
  const bytes = body;
  const asRequest = (body, more) => new Request(ADDRESS, { ...POST, headers, body, ...more });
  const streamOf = (bytes) =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.slice(0, 100));
        controller.enqueue(bytes.slice(100));
        controller.close();
      },
    });

  /** The bytes somewhere within a larger buffer. */
  const within = () => {
    const larger = new Uint8Array(bytes.length + 20).fill(65);
    larger.set(bytes, 8);
    return larger;
  };
  const forms = () => ({
    text: textOf(bytes),
    bytes,
    "an ArrayBuffer": bytes.slice().buffer,
    "a part of a buffer": within().subarray(8, 8 + bytes.length),
    "a DataView": new DataView(within().buffer, 8, bytes.length),
    "bytes in pairs": new Uint16Array(within().buffer, 8, bytes.length / 2),
    ...(globalThis.Buffer && {
      "a Buffer": Buffer.from(bytes),
      "a part of a Buffer": Buffer.from(within()).subarray(8, 8 + bytes.length),
      "a Buffer of the pool": Buffer.from(textOf(bytes)),
    }),
  });

  for (const { name, how } of kit.ways) {
    await kit.check(`${name}: a body as text and as bytes of every kind`, async () => {
      const all = Object.entries(forms());
      for (const [form, body] of all) await kit.accepts({ headers, body }, how, form);
      return all.map(([form]) => form).join(", ");
    });

    await kit.check(`${name}: a Request, whose body can still be read`, async () => {
      for (const [form, body] of Object.entries(forms())) {
        const request = asRequest(body);
        await kit.accepts(request, how, form);
        must(!request.bodyUsed, `${form}: the body is used up`);
        must((await request.text()) === textOf(bytes), `${form}: the body is another`);
      }
    });

    await kit.check(
      `${name}: a Request is read where it is verified, and may be read meanwhile`,
      async () => {
        const request = asRequest(bytes);
        const verified = kit.verify(request, how);
        must((await request.text()).length > 0, "a body");
        must((await verified)?.className === "MessagePayload", "it was refused");
      },
    );

    await kit.check(
      `${name}: a buffer may be used for something else as soon as the call was made`,
      async () => {
        for (const kind of ["bytes", "an ArrayBuffer", "a DataView"]) {
          const body = kind === "bytes" ? bytes.slice() : forms()[kind];
          const verified = kit.verify({ headers, body }, how);
          new Uint8Array(body.buffer ?? body).fill(32);
          must((await verified)?.className === "MessagePayload", `${kind}: it was refused`);

          const changed = bytes.slice();
          changed[0] = 32;
          const refused = kit.verify({ headers, body: changed }, how);
          changed.set(bytes);
          must((await refused) === null, `${kind}: what came later was verified`);
        }
      },
    );
  }

  const [{ how }] = kit.ways;

  await kit.check("a Request with a stream, and one without a body", async () => {
    await kit.accepts(asRequest(streamOf(bytes), { duplex: "half" }), how, "a stream");
    await kit.refuses(new Request(ADDRESS, { headers }), how, "none");
    await kit.refuses(new Request(ADDRESS, { ...POST, headers }), how, "none, posted");
  });

  await kit.check("a Request whose body was read is a mistake of the caller", async () => {
    const read = asRequest(bytes);
    await read.text();
    await kit.misconfigured(read, how, "read");
    const locked = asRequest(bytes);
    locked.body?.getReader();
    if (locked.body) await kit.misconfigured(locked, how, "being read");
  });

  await kit.check("what is no raw bytes any more is a mistake of the caller", async () => {
    const parsed = [
      ...[JSON.parse(textOf(bytes)), [...bytes], {}, [], null, undefined, 5, true, new String(textOf(bytes))],
      ...[new Blob([bytes]), new URLSearchParams("a=b"), streamOf(bytes), new Map(), () => textOf(bytes)],
    ];
    for (const body of parsed) {
      for (const { how } of kit.ways) await kit.misconfigured({ headers, body }, how, String(body));
    }
    return `${parsed.length} kinds`;
  });

  await kit.check("a body that was read and written anew is another", async () => {
    for (const name of ["spaced", "lines"]) {
      const { body, headers } = kit.request(name);
      const anew = JSON.stringify(JSON.parse(textOf(body)));
      for (const { how } of kit.ways) await kit.refuses({ headers, body: anew }, how, name);
      for (const { how } of kit.ways) await kit.refuses({ headers, body: textOf(body).trim() }, how, name);
    }
  });
}
