// A store whose texts are encrypted by AES-GCM, under a key that no script can read out: it stays in IndexedDB, as a
// handle. Whoever can run a script on this origin can still use it.

import { base64 } from "../random.js";
import { KEYS, transact } from "./ledger.js";

const NAME = "AES-GCM";

/** @type {Promise<CryptoKey> | undefined} */
let loading;

/** The key of this origin; the first tab that needs one makes it. */
function key() {
  loading ??= makeKey().catch((failure) => {
    loading = undefined;
    throw failure;
  });
  return loading;
}

async function makeKey() {
  const made = await crypto.subtle.generateKey({ name: NAME, length: 256 }, false, ["encrypt", "decrypt"]);
  return transact(KEYS, NAME, (/** @type {CryptoKey | undefined} */ present) => present ?? made);
}

/** @param {string} name */
const stored = (name) => `${name}:encrypted`;

/**
 * The store, encrypted. What cannot be decrypted, because the key was lost, is an empty text.
 * @param {Storage | undefined} store
 * @returns {import("../index.d.ts").TokenStorage | undefined}
 */
export function encrypted(store) {
  if (!store) return undefined;
  /** A text stored under another name is not mistaken for this one. @param {string} name @param {Uint8Array<ArrayBuffer>} iv */
  const how = (name, iv) => ({ name: NAME, iv, additionalData: new TextEncoder().encode(name) });
  return {
    async getItem(name) {
      const text = store.getItem(stored(name));
      if (text === null) return null;
      for (let time = 0; time < 2; time++) {
        // Trouble with IndexedDB is no reason to sign anybody out.
        const secret = await key();
        try {
          const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
          const plain = await crypto.subtle.decrypt(how(name, bytes.slice(0, 12)), secret, bytes.slice(12));
          return new TextDecoder().decode(plain);
        } catch {
          // Another tab may have found the key lost, and made a new one.
          loading = undefined;
        }
      }
      return "";
    },
    async setItem(name, value) {
      // Under the key that the next page will find.
      loading = undefined;
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const cipher = await crypto.subtle.encrypt(how(name, iv), await key(), new TextEncoder().encode(value));
      store.setItem(stored(name), base64(iv) + base64(new Uint8Array(cipher)));
    },
    removeItem: (name) => store.removeItem(stored(name)),
  };
}
