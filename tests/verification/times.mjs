// Old requests, those from the future, and times that are none.

const FIVE_MINUTES = 300_000;
const DAY = 86_400_000;

export async function times(kit) {
  const { timestamp } = kit.vectors;
  const signed = Number(timestamp);

  for (const { name, how } of kit.ways) {
    await kit.check(`${name}: five minutes in either direction, unless said otherwise`, async () => {
      for (const [tolerance, limit] of [
        [undefined, FIVE_MINUTES],
        [FIVE_MINUTES, FIVE_MINUTES],
        [0, 0],
        [1, 1],
        [1500, 1500],
        [DAY, DAY],
      ]) {
        for (const direction of [-1, 1]) {
          const given = { ...how, tolerance };
          const what = `${tolerance}, ${direction}`;
          await kit.at(signed + direction * limit, () => kit.accepts(kit.request(), given, what));
          await kit.at(signed + direction * (limit + 1), () => kit.refuses(kit.request(), given, what));
        }
      }
    });

    await kit.check(`${name}: a clock that is far off takes nothing`, async () => {
      for (const now of [0, 1, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY, -signed]) {
        await kit.at(now, () => kit.refuses(kit.request(), { ...how, tolerance: DAY }, String(now)));
      }
    });

    await kit.check(`${name}: the time is the one of the call`, async () => {
      const late = kit.verify(kit.request(), how);
      await kit.at(signed + DAY, async () => {
        if ((await late)?.className !== "MessagePayload") throw new Error("it was refused");
      });
    });
  }

  await kit.check(
    "times in seconds, with signs, spaces or too many digits are refused, signed or not",
    async () => {
      const [{ how }] = kit.ways;
      const all = Object.entries(kit.vectors.times);
      for (const [time, signature] of all) {
        const headers = { "X-Space-Timestamp": time, "X-Space-Signature": signature };
        const request = kit.request("message", headers);
        await kit.refuses(request, { ...how, tolerance: DAY }, JSON.stringify(time));
      }
      return `${all.length} times`;
    },
  );
}
