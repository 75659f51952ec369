// As much of a browser as these tests need: cookies, redirects up to a given address, forms.
import { createHash, randomBytes } from "node:crypto";

const UNESCAPED = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
const unescape = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => UNESCAPED[entity]);

const attribute = (tag, name) => {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : unescape(value);
};

function createJar() {
  const cookies = new Map();
  return {
    take(url, response) {
      for (const line of response.headers.getSetCookie()) {
        const [pair, ...attributes] = line.split("; ");
        const [name, value] = pair.split(/=(.*)/s);
        const path = attributes.find((item) => /^path=/i.test(item))?.slice(5) ?? "/";
        const key = `${new URL(url).hostname} ${path} ${name}`;
        if (value) cookies.set(key, value);
        else cookies.delete(key);
      }
    },
    header(url) {
      const { hostname, pathname } = new URL(url);
      return [...cookies]
        .map(([key, value]) => [...key.split(" "), value])
        .filter(([host, path]) => host === hostname && pathname.startsWith(path))
        .map(([, , name, value]) => `${name}=${value}`)
        .join("; ");
    },
  };
}

/** A browser of its own, without any cookie yet. */
export function createAgent() {
  const jar = createJar();

  async function request(url, init = {}) {
    const cookie = jar.header(url);
    const headers = { ...init.headers, ...(cookie ? { cookie } : {}) };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    jar.take(url, response);
    return response;
  }

  /** Follows redirects until a page comes, or until one leads to another origin. */
  async function open(url, init) {
    let at = url;
    let response = await request(at, init);
    while (response.status >= 300 && response.status < 400) {
      const next = new URL(response.headers.get("location"), at);
      if (next.origin !== new URL(at).origin) return { landed: next, status: response.status };
      at = next.href;
      response = await request(at);
    }
    return { url: at, status: response.status, headers: response.headers, html: await response.text() };
  }

  /** Sends the one form of a page, with its hidden fields. */
  function submit(page, fields) {
    const form = /<form[^>]*>/.exec(page.html)[0];
    const body = new URLSearchParams();
    for (const [tag] of page.html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      body.set(attribute(tag, "name"), attribute(tag, "value"));
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return open(new URL(attribute(form, "action") ?? page.url, page.url).href, { method: "POST", body });
  }

  return { open, submit, request };
}

/** A PKCE pair as RFC 7636 wants it. */
export function pkcePair() {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** Posts a form without any cookie, and reads the JSON of the answer. */
export async function postForm(url, fields, headers = {}) {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text ? JSON.parse(text) : undefined };
}

export const basic = (id, secret) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });

export const withQuery = (url, parameters) => `${url}?${new URLSearchParams(parameters)}`;
