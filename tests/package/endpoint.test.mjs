// Which addresses may receive a secret, and which a token.

import assert from "node:assert/strict";
import { isIPv4 } from "node:net";
import { test } from "node:test";

import { AuthError } from "../../npm/auth-error.js";
import { absolute, allowList, allows, endpoint, isEndpoint } from "../../npm/endpoint.js";
import { address, fc, path, soup, string, text } from "./support/generate.mjs";

/** @param {string} option that the hint must name */
const refusalOf = (option) => (error) =>
  error instanceof AuthError &&
  error.code === "invalid_configuration" &&
  error.phase === "configure" &&
  error.hint.includes(`\`${option}\``);

const parsed = (given) => {
  try {
    return new URL(given);
  } catch {
    return undefined;
  }
};

/** Whether the list allows what is written as `given`. @param {string[]} list @param {string} given */
const isAllowed = (list, given) => {
  const url = parsed(given);
  return url !== undefined && allows(list, url.href);
};

const isLoopback = ({ hostname }) =>
  hostname === "[::1]" ||
  (isIPv4(hostname) && hostname.startsWith("127.")) ||
  (!hostname.endsWith("]") && hostname.split(".").at(-1) === "localhost");

/** The oracle: by the parts of the parsed URL and the marks in the text. */
const mayReceiveSecrets = (given, allowHttp) => {
  const url = parsed(given);
  return (
    url !== undefined &&
    url.username + url.password === "" &&
    !given.includes("#") &&
    (url.protocol === "https:" || (url.protocol === "http:" && (allowHttp || isLoopback(url))))
  );
};

test("A10: only https and http to this very machine may receive secrets", () => {
  for (const [good, href] of [
    ["https://as.example/t", "https://as.example/t"],
    ["https://as.example/t?tenant=a%2Bb", "https://as.example/t?tenant=a%2Bb"],
    ["HTTPS://AS.example:443", "https://as.example/"],
    ["http://localhost:8080/t", "http://localhost:8080/t"],
    ["http://127.0.0.1/t", "http://127.0.0.1/t"],
    ["http://127.1/", "http://127.0.0.1/"],
    ["http://0x7f000001/", "http://127.0.0.1/"],
    ["http://2130706433/", "http://127.0.0.1/"],
    ["http://[::1]:1/t", "http://[::1]:1/t"],
    ["http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"],
    ["http://a.localhost/", "http://a.localhost/"],
    ["https://@as.example/", "https://as.example/"],
    ["https://as.example/@x", "https://as.example/@x"],
    [new URL("https://as.example/u"), "https://as.example/u"],
  ]) {
    assert.equal(endpoint(good, "tokenEndpoint"), href, String(good));
  }
  for (const bad of [
    "javascript:alert(1)//",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\tjavascript:alert(1)",
    "data:text/html,x",
    "data:,",
    "blob:https://as.example/1",
    "vbscript:x",
    "file:///etc/passwd",
    "ws://as.example/",
    "wss://as.example/",
    "ftp://localhost/",
    "about:blank",
    "http://as.example/t",
    "http://127.evil.example/",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "http://notlocalhost/",
    "http://localhost\n.evil.example/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://128.0.0.1/",
    "https://user:pass@as.example/",
    "https://user@as.example/",
    "https://:pass@as.example/",
    "https://as.example@evil.example/",
    "https://as.example/#x",
    "https://as.example/#",
    "https://as.example/?q#",
    "/relative",
    "//as.example/",
    "as.example",
    "https://",
    "https://as.example:99999/",
    "https://a%00b/",
    "",
  ]) {
    assert.throws(() => endpoint(bad, "tokenEndpoint"), refusalOf("tokenEndpoint"), bad);
  }
});

test("A10: http beyond this machine needs its flag, and nothing else is freed by it", () => {
  assert.equal(endpoint("http://intranet.test/t", "x", true), "http://intranet.test/t");
  assert.throws(() => endpoint("http://intranet.test/t", "x"), /allowHttp/);
  assert.throws(() => endpoint("http://intranet.test/t", "x", false), /allowHttp/);
  for (const bad of [
    "ftp://intranet.test/t",
    "ws://intranet.test/",
    "http://u@intranet.test/",
    "http://a/#x",
  ]) {
    assert.throws(() => endpoint(bad, "x", true), refusalOf("x"), bad);
  }
});

test("A10: an absolute address is any but one with a user name or password", () => {
  for (const good of ["https://a.example/#x", "capacitor://localhost/cb", "com.example.app:/cb", "data:,x"]) {
    assert.equal(absolute(good, "redirectUri").href, new URL(good).href);
  }
  for (const bad of [
    "",
    "/cb",
    "a.example",
    "https://u@a/",
    "https://:p@a/",
    "capacitor://u:p@localhost/cb",
  ]) {
    assert.throws(() => absolute(bad, "redirectUri"), refusalOf("redirectUri"), bad);
  }
});

test("A10: an endpoint is accepted exactly when it is https or loopback, and is what the parser writes", () => {
  const given = fc.oneof({ weight: 3, arbitrary: address() }, soup(), text(), string());
  let accepted = 0;
  fc.assert(
    fc.property(given, fc.boolean(), (url, allowHttp) => {
      assert.equal(isEndpoint(url, allowHttp), mayReceiveSecrets(url, allowHttp));
      if (!mayReceiveSecrets(url, allowHttp)) {
        assert.throws(() => endpoint(url, "x", allowHttp), refusalOf("x"));
        return;
      }
      accepted++;
      const href = endpoint(url, "x", allowHttp);
      assert.equal(href, new URL(url).href);
      assert.equal(endpoint(href, "x", allowHttp), href);
    }),
  );
  assert.ok(accepted > 0, "the property has seen some that are accepted");
});

test("F01: an empty list is nowhere", () => {
  for (const url of ["https://api.example.com/", "http://localhost/", "data:,"]) {
    assert.equal(allows(allowList([]), url), false, url);
  }
});

test("F02: origins are compared whole, however they are written", () => {
  const list = allowList(["https://api.example.com"]);
  for (const url of [
    "https://api.example.com",
    "https://api.example.com/x",
    "https://api.example.com?q",
    "https://api.example.com#f",
    "https:\\\\api.example.com\\x",
    "HTTPS://API.EXAMPLE.COM:443/",
    "https:api.example.com",
    "https:/\\/api.example.com/x",
    "\thttps://api.exa\nmple.com/x",
    "https://ａpi.example.com/",
    "https://%61pi.example.com/",
    "https://api.exam\u00adple.com/",
    "https://api。example.com/",
  ]) {
    assert.equal(isAllowed(list, url), true, url);
  }
  for (const url of [
    "https://api.example.com.evil.test/x",
    "https://api.example.com@evil.test/x",
    "https://api.example.com:x@evil.test/",
    "https://u@api.example.com/",
    "https://api.example.com:8443/x",
    "https://api.example.com:80/",
    "https://apiXexample.com/x",
    "https://api.example.com./x",
    "https://api.example.comx/",
    "https://api.example.co/",
    "https://xapi.example.com/",
    "http://api.example.com/x",
    "wss://api.example.com/x",
    "https://",
  ]) {
    assert.equal(isAllowed(list, url), false, url);
  }
});

test("F03: no trick brings a token elsewhere", () => {
  const list = allowList(["https://api.example.com/v1"]);
  for (const url of [
    "https://api.example.com/v1",
    "HTTPS://API.EXAMPLE.COM:443/v1/x",
    "https:\\\\api.example.com\\v1\\x",
    "https://ａpi.example.com/v1/",
    "https://api.example.com/v1?x#y",
    "https://api.example.com/x/../v1/%2e/y",
  ]) {
    assert.equal(isAllowed(list, url), true, url);
  }
  for (const url of [
    "https://api.example.com.evil.test/v1",
    "https://api.example.com@evil.test/v1",
    "https://api.example.com:8443/v1",
    "http://api.example.com/v1",
    "wss://api.example.com/v1",
    "blob:https://api.example.com/v1",
    "data:,https://api.example.com/v1",
    "javascript:https://api.example.com/v1",
    "file:///api.example.com/v1",
    "about:blank",
    "https://api.example.com/v1/../x",
    "https://api.example.com/v1/%2e%2e/x",
    "https://api.example.com/v1/..\\x",
    "https://api.example.com/v11",
    "https://api.example.com/v1%2Fx",
    "https://api.example.com/v1;x",
    "https://api.example.com/v1.",
    "https://api.example.com//v1",
    "https://api.example.com/V1",
    "https://evil.test/\\@api.example.com/v1",
    "https://evil.test#@api.example.com/v1",
    "https://evil.test\\@api.example.com/v1",
    "https://evil.test/https://api.example.com/v1",
    "view-source:https://api.example.com/v1",
    "https://api。evil.test/v1",
  ]) {
    assert.equal(isAllowed(list, url), false, url);
  }
});

test("F01: paths match on whole segments", () => {
  for (const entry of ["https://a.example/api", "https://a.example/api/", new URL("https://a.example/api")]) {
    const list = allowList([entry]);
    for (const url of [
      "https://a.example/api",
      "https://a.example/api/",
      "https://a.example/api?y",
      "https://a.example/api#y",
      "https://a.example/api/x?y",
      "https://a.example/b/../api/x",
    ]) {
      assert.equal(isAllowed(list, url), true, `${entry} ${url}`);
    }
    for (const url of [
      "https://a.example/",
      "https://a.example/?/api",
      "https://a.example/apiary",
      "https://a.example/api/../x",
      "https://a.example/api/%2e%2e/x",
      "https://a.example/API/",
    ]) {
      assert.equal(isAllowed(list, url), false, `${entry} ${url}`);
    }
  }
});

test("F01: entries are checked, and all are named `api`", () => {
  for (const entry of [
    ...["", "api.example.com", "*", "http://api.example.com", "ftp://a", "https://a/?q", "https://a?"],
    ...["https://u@a/", "https://a/#", "/api", "data:,x"],
  ]) {
    assert.throws(() => allowList(["https://good.example", entry]), refusalOf("api"), entry);
  }
  assert.throws(() => allowList(["http://intranet.test/api"]), /allowHttp/);
  const list = allowList(["http://intranet.test/api"], true);
  assert.equal(isAllowed(list, "http://intranet.test/api/x"), true);
  assert.equal(isAllowed(list, "https://intranet.test/api/x"), false);
});

const segmentsOf = ({ pathname }) => pathname.split("/").slice(1);

/** The oracle: origin and path segments, of two parsed URLs. */
function isBelow(entry, url) {
  const wanted = segmentsOf(entry);
  if (wanted.at(-1) === "") wanted.pop();
  const has = segmentsOf(url);
  return (
    ["https:", "http:"].includes(url.protocol) &&
    url.username + url.password === "" &&
    url.origin === entry.origin &&
    wanted.every((segment, index) => segment === has[index])
  );
}

test("F02: the allow list agrees with a comparison of origins and path segments", () => {
  // What an entry's own look-alikes end in.
  const ends = [
    "",
    "/",
    "x",
    "/x",
    "/x/..",
    "/..",
    "?q",
    "#f",
    ".evil.test",
    "@evil.test",
    ":8443",
    "%2Fx",
    "\\x",
  ];
  const seen = { allowed: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.array(address(), { maxLength: 4 }),
      fc.array(fc.oneof(address(), soup()), { minLength: 1, maxLength: 6 }),
      fc.array(path(), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (entries, urls, paths, allowHttp) => {
        const good = entries.filter((entry) => mayReceiveSecrets(entry, allowHttp) && !entry.includes("?"));
        for (const entry of entries) {
          if (!good.includes(entry)) assert.throws(() => allowList([entry], allowHttp), refusalOf("api"));
        }
        const list = allowList(good, allowHttp);
        const accepted = good.map((entry) => new URL(entry));
        const near = accepted.flatMap(({ href }) =>
          [...paths, ...ends].map((end) => href.replace(/\/+$/, "") + end),
        );
        for (const given of [...urls, ...near]) {
          const url = parsed(given);
          if (!url) continue;
          const expected = accepted.some((entry) => isBelow(entry, url));
          assert.equal(allows(list, url.href), expected, `${url.href} in ${JSON.stringify(list)}`);
          seen[expected ? "allowed" : "refused"]++;
        }
      },
    ),
  );
  assert.ok(seen.allowed > 100 && seen.refused > 100, JSON.stringify(seen));
});

test("F03: other schemes and any text get no token", () => {
  const list = allowList(["https://api.example"]);
  const schemes = [
    "blob:",
    "data:",
    "javascript:",
    "file://",
    "view-source:",
    "about:",
    "ws://",
    "ftp://",
    "",
  ];
  let allowed = 0;
  fc.assert(
    fc.property(fc.oneof(text(), soup(), string(), path()), fc.constantFrom(...schemes), (given, scheme) => {
      for (const whole of [
        `${scheme}https://api.example/${given}`,
        `${scheme}${given}`,
        `https://api.example${given}`,
        `https://api.example@${given}`,
        `https://${given}@api.example/`,
      ]) {
        const url = parsed(whole);
        if (!url) continue;
        const isRight =
          url.protocol === "https:" && url.host === "api.example" && url.username + url.password === "";
        assert.equal(allows(list, url.href), isRight, whole);
        if (isRight) allowed++;
      }
    }),
  );
  assert.ok(allowed > 0, "the property has seen some that are allowed");
});
