// The types of `verifyRequest`: payloads are told apart by their class, and what cannot be verified does not compile.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { root } from "./support/runtimes.mjs";

const RIGHT = `
import { verifyRequest } from "space-auth-wasm/apps";
import type { InitPayload, Payload, PublicKeys, Verification } from "space-auth-wasm/apps";

declare const request: Request;
declare const signingKey: string;
declare const publicKeys: PublicKeys;

export async function answer(): Promise<string> {
  const payload = await verifyRequest(request, { signingKey });
  if (payload === null) return "401";
  if (payload.className === "AppPublicationCheckPayload") {
    const clientId: string | undefined = payload.clientId;
    return clientId ?? payload.className;
  }
  const clientId: string = payload.clientId;
  switch (payload.className) {
    case "InitPayload": {
      const { clientSecret, serverUrl, state }: { clientSecret: string; serverUrl: string; state?: string | null } = payload;
      const init: InitPayload = payload;
      return clientSecret + serverUrl + (state ?? "") + init.className;
    }
    case "ChangeClientSecretPayload":
      return payload.newClientSecret.trim();
    case "ChangeServerUrlPayload":
      return payload.newServerUrl.trim();
    case "RefreshTokenPayload":
      return payload.refreshToken.trim() + payload.scope.trim() + payload.userId.trim();
    case "ApplicationUninstalledPayload":
      return payload.serverUrl.trim();
    case "MessagePayload": {
      const text: unknown = payload.message.body;
      return payload.userId.trim() + String(text);
    }
    case "MenuActionPayload":
    case "WebhookRequestPayload": {
      const unknown: unknown = payload.webhookId;
      return clientId + String(unknown);
    }
    default:
      return payload.className;
  }
}

export const ways: Verification[] = [
  { signingKey },
  { signingKey, tolerance: 1000 },
  { publicKeys },
  { publicKeys: "{}" },
  { publicKeys: { keys: [{ kty: "RSA", n: "n", e: "AQAB" }] }, tolerance: 0 },
  { verificationToken: "t" },
];

export const requests = [
  verifyRequest({ headers: request.headers, body: "text" }, { signingKey }),
  verifyRequest({ headers: new Map([["a", "b"]]), body: new Uint8Array(1) }, { signingKey }),
  verifyRequest({ headers: [["a", "b"]], body: new ArrayBuffer(1) }, { signingKey }),
  verifyRequest({ headers: { a: "b", c: ["d"], e: undefined }, body: new DataView(new ArrayBuffer(1)) }, { signingKey }),
];

export const any: Promise<Payload | null> = verifyRequest(request, { signingKey });
`;

/** Each of them alone, after the same imports. */
const WRONG = {
  "a payload that was not asked whether it is one": `(await verifyRequest(request, { signingKey })).className;`,
  "a member of another class": `if (payload.className === "MessagePayload") payload.message satisfies string;`,
  "a secret that this class does not have": `if (payload.className === "ChangeServerUrlPayload") payload.clientSecret satisfies string;`,
  "a member before the class is known": `payload.clientSecret satisfies string;`,
  "a client id before the class is known": `payload.clientId satisfies string;`,
  "a payload that is changed": `if (payload.className === "InitPayload") payload.clientSecret = "x";`,
  "a class that is none": `if (payload.className === "InitPayloads") throw 0;`,
  "no method": `verifyRequest(request, {});`,
  "no configuration": `verifyRequest(request);`,
  "a tolerance alone": `verifyRequest(request, { tolerance: 1 });`,
  "a key that may be missing": `verifyRequest(request, { signingKey: undefined as string | undefined });`,
  "a key that is no text": `verifyRequest(request, { signingKey: new Uint8Array(1) });`,
  "keys without a set": `verifyRequest(request, { publicKeys: [{ kty: "RSA" }] });`,
  "a tolerance that is a text": `verifyRequest(request, { signingKey, tolerance: "1000" });`,
  "a body that was parsed": `verifyRequest({ headers: {}, body: JSON.parse("{}") as object }, { signingKey });`,
  "a body that is absent": `verifyRequest({ headers: {} }, { signingKey });`,
  "headers that are absent": `verifyRequest({ body: "" }, { signingKey });`,
  "headers that are a text": `verifyRequest({ headers: "a: b", body: "" }, { signingKey });`,
  "a payload that is taken for one of its classes": `const one: (Payload & { className: 'InitPayload' }) | null = await verifyRequest(request, { signingKey }); void one;`,
};

const PREFIX = `
import { verifyRequest } from "space-auth-wasm/apps";
import type { Payload } from "space-auth-wasm/apps";
declare const request: Request;
declare const signingKey: string;
declare const payload: Payload;
void [verifyRequest, request, signingKey, payload];
`;

test("the payload of a request is narrowed by its class, under the strict type check", async () => {
  assert.deepEqual(await linesOfErrors({ right: RIGHT }), []);
});

test("what cannot be verified, or is not there, does not compile", async () => {
  const wrong = Object.entries(WRONG).map(([what, text], place) => [`wrong-${place}`, what, PREFIX + text]);
  const found = await linesOfErrors(Object.fromEntries(wrong.map(([name, , text]) => [name, text])));
  const place = PREFIX.split("\n").length;
  for (const [name, what] of wrong) {
    const own = found.filter((line) => line.startsWith(`${name}.ts(`));
    assert.equal(own.length, 1, `${what}: ${own.join("; ") || "compiles"}`);
    assert.ok(own[0].startsWith(`${name}.ts(${place},`), own[0]);
  }
});

/** What the compiler says of these modules, as users of the package have them. */
async function linesOfErrors(files) {
  const folder = await mkdtemp(path.join(tmpdir(), "space-auth-types-"));
  try {
    const compilerOptions = {
      ...{ strict: true, noEmit: true, noUnusedLocals: true, target: "es2022", module: "esnext" },
      ...{ moduleResolution: "bundler", moduleDetection: "force", types: [], skipLibCheck: false },
      lib: ["es2022", "dom", "dom.iterable"],
      paths: {
        "space-auth-wasm": [path.join(root, "npm/index.d.ts")],
        "space-auth-wasm/apps": [path.join(root, "npm/apps.d.ts")],
      },
    };
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, `${name}.ts`), text);
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    await promisify(execFile)(process.execPath, [tsc, "--project", folder, "--pretty", "false"], {
      cwd: folder,
    });
    return [];
  } catch (error) {
    if (!error.stdout) throw error;
    // Further lines of an error are indented.
    return error.stdout.split("\n").filter((line) => /^\S/.test(line));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
