// What an authentic request says, to the last member; and authentic ones that say nothing.
import { bytesOf, must, textOf } from "./kit.mjs";

/** Whether both are the same data, their members in the same order. */
function same(a, b) {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return Object.is(a, b);
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    Object.getPrototypeOf(a) === Object.getPrototypeOf(b) &&
    names.length === others.length &&
    names.every((name, place) => name === others[place] && same(a[name], b[name]))
  );
}

export async function payloads(kit) {
  const { requests, unreadable } = kit.vectors;

  for (const { name, header, how } of kit.ways) {
    await kit.check(`${name}: the payload is what the body says, unknown members and all`, async () => {
      for (const request of Object.keys(requests).filter((request) => request !== "proto")) {
        const { body } = kit.request(request);
        const payload = await kit.verify(kit.request(request), how);
        must(same(payload, JSON.parse(textOf(body))), `${request}: ${JSON.stringify(payload)}`);
      }
    });

    await kit.check(`${name}: a member \`__proto__\` gives a payload no other prototype`, async () => {
      const payload = await kit.verify(kit.request("proto"), how);
      must(
        payload.className === "X" && payload.clientId === "c" && payload.inner.a === 1,
        "the others are there",
      );
      must(payload.clientSecret === undefined, "a member was inherited");
      must(Object.getPrototypeOf(payload) === Object.prototype, "of the payload");
      must(Object.getPrototypeOf(payload.inner) === Object.prototype, "of an object in it");
    });

    await kit.check(`${name}: an authentic request that says nothing is an error`, async () => {
      const all = Object.keys(unreadable);
      for (const request of all) {
        await kit.rejects(kit.request(request), how, "invalid_request", "request", request);
      }
      return all.join(", ");
    });

    await kit.check(`${name}: of one that is not authentic, nothing is told`, async () => {
      for (const request of Object.keys(unreadable)) {
        const { [header]: signature } = kit.request().headers;
        await kit.refuses(kit.request(request, { [header]: signature }), how, request);
      }
    });
  }

  await kit.check("two payloads share nothing", async () => {
    const [{ how }] = kit.ways;
    const [first, second] = [await kit.verify(kit.request(), how), await kit.verify(kit.request(), how)];
    first.message.body.text = "changed";
    must(second.message.body.text.startsWith("Grüße aus Köln, привет, 你好, 🚀 "), "the text");
    must(same(second, JSON.parse(textOf(bytesOf(requests.message.body)))), "the payload");
  });
}
