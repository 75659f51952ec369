// The errors of all the other checks tell nothing that is worth knowing.
import { must, textOf } from "./kit.mjs";

/** All that an error shows to whoever logs it. */
function shown(error) {
  const own = Reflect.ownKeys(error).map((key) => `${String(key)}: ${JSON.stringify(error[key])}`);
  return [String(error), error.stack, JSON.stringify(error), ...own, shownCause(error)].join("\n");
}

const shownCause = ({ cause }) => (cause === undefined ? "" : String(cause));

export async function secrets(kit) {
  const { signingKey, verificationToken, keys, requests, message } = kit.vectors;

  await kit.check("no error holds a key, a token, a signature or a body", async () => {
    must(kit.thrown.length > 200, `${kit.thrown.length} errors are too few to tell`);
    const body = textOf(kit.request().body);
    const hidden = [
      ...[signingKey, verificationToken, "6f1ed002", "2ab1ec4d", "Grüße", "ChatMessage.Text", "acme.example"],
      ...[body, body.slice(0, 40), requests.message.hmac, requests.message.rsa, message.rsa2048],
      ...Object.values(keys).flatMap(({ n, x }) => (n ?? x).slice(0, 16)),
    ];
    for (const error of kit.thrown) {
      const text = shown(error);
      for (const secret of hidden) must(!text.includes(secret), `${error.code} holds ${secret}`);
    }
    return `${kit.thrown.length} errors`;
  });
}
