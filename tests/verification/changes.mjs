// Every change of a single bit, of a request of 1 KB, is refused.
import { must } from "./kit.mjs";

/** How many are verified at once. */
const BATCH = 64;

function* changedBytes(bytes) {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    yield changed;
  }
}

function* changedTexts(text) {
  for (let bit = 0; bit < text.length * 8; bit++) {
    const place = bit >> 3;
    const character = String.fromCharCode(text.charCodeAt(place) ^ (1 << (bit & 7)));
    yield text.slice(0, place) + character + text.slice(place + 1);
  }
}

export async function changes(kit) {
  /** How many of the requests with these values are refused; each of them must be. */
  async function refusesAll(values, requestOf, how) {
    let count = 0;
    let batch = [];
    const settle = async () => {
      for (const payload of await Promise.all(batch))
        (must(payload === null, `change ${count} is taken`), count++);
      batch = [];
    };
    for (const value of values) {
      batch.push(kit.verify(requestOf(value), how));
      if (batch.length === BATCH) await settle();
    }
    await settle();
    return count;
  }

  for (const { name, header, how } of kit.ways) {
    const request = kit.request();
    const changed = (headers) => ({ ...request, headers: { ...request.headers, ...headers } });

    await kit.check(`${name}: every change of one bit of the body is refused`, async () => {
      must(request.body.length === 1024, "1 KB");
      const count = await refusesAll(changedBytes(request.body), (body) => ({ ...request, body }), how);
      must(count === 8192, `${count} of 8192`);
      return `${count} changes`;
    });

    await kit.check(`${name}: every change of one bit of the timestamp is refused`, async () => {
      let count = 0;
      for (const timestamp of changedTexts(request.headers["X-Space-Timestamp"])) {
        // Where it still is a time, it is the right one: nothing but the signature is left to tell.
        const time = /^\d+$/.test(timestamp) ? Number(timestamp) : kit.clock.now;
        const given = changed({ "X-Space-Timestamp": timestamp });
        await kit.at(time, () => kit.refuses(given, how, JSON.stringify(timestamp)));
        count++;
      }
      must(count === 104, `${count} of 104`);
      return `${count} changes`;
    });

    await kit.check(`${name}: every change of one bit of the signature is refused`, async () => {
      const signature = request.headers[header];
      const count = await refusesAll(changedTexts(signature), (text) => changed({ [header]: text }), how);
      must(count === signature.length * 8, `${count} of ${signature.length * 8}`);
      return `${count} changes`;
    });

    await kit.check(`${name}: what was not changed is still taken`, () => kit.accepts(request, how));
  }
}
