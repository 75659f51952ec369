// The requests that OpenSSL has signed.
import { readFile } from "node:fs/promises";

export const vectors = JSON.parse(
  await readFile(new URL("../../vectors/vectors.json", import.meta.url), "utf8"),
);
