import { generateKeyPair, sign } from "node:crypto";
import { promisify } from "node:util";

const generate = promisify(generateKeyPair);

// From the oldest to the one that signs: a real server changes its key from time to time, too.
const KEY_IDS = ["older", "current"];

const makePair = async (kid) => ({ kid, ...(await generate("rsa", { modulusLength: 2048 })) });

/** The keys that a server signs its requests with. They take a moment to make, and few need them. */
export function createServerKeys() {
  let pairs;
  const make = () => (pairs ??= Promise.all(KEY_IDS.map(makePair)));

  return {
    /** @returns {Promise<{ keys: object[] }>} a JSON Web Key Set (RFC 7517) */
    async publicKeys() {
      const keys = (await make()).map(({ kid, publicKey }) => ({
        ...publicKey.export({ format: "jwk" }),
        kid,
        use: "sig",
        alg: "RS512",
      }));
      return { keys };
    },

    /** RSASSA-PKCS1-v1_5 with SHA-512, in base64. */
    async sign(text) {
      const { privateKey } = (await make()).at(-1);
      return sign("RSA-SHA512", Buffer.from(text), privateKey).toString("base64");
    },
  };
}
