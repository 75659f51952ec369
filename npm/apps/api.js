import { callNow, call } from "./module.js";
import { plain } from "./plain.js";
import { must, text } from "../options.js";
// Last of all: with it comes the text that carries the module, which compresses better after the code.
import { ready } from "../module.js";

export { AuthError } from "../auth-error.js";
export { applications } from "./applications.js";
export { verifyRequest } from "./verify.js";
export { ready as init };

/** @param {import("../apps.d.ts").InstallOptions} options */
export const installUrl = (options) => callNow("installUrl", plain(options, "options"));

/** @param {{ server?: string | URL, marketplaceApp: string, name: string }} options */
export const marketplaceUrl = (options) => callNow("marketplaceUrl", plain(options, "options"));

/** @param {string} publicKey */
export const sshKeyFingerprint = async (publicKey) => call("sshKey", must("publicKey", publicKey, text));
