// The application once more, with pages that do something by themselves when they load: a redirect page, above all.
import { request as forward } from "node:http";
import { logInAs } from "./pages.mjs";
import { serve } from "./serve.mjs";
import { expect, test as base } from "./test.mjs";

/**
 * @param {{ origin: string }} app whose pages and package these are
 * @param {string} host how the site is called
 */
export async function startSite(app, host = "localhost") {
  const pages = new Map();
  const files = new Map();

  async function file(pathname) {
    if (!files.has(pathname)) files.set(pathname, await (await fetch(app.origin + pathname)).text());
    return files.get(pathname);
  }

  const { port, close } = await serve(async (req, res) => {
    const { pathname, searchParams } = new URL(req.url, "http://localhost");
    if (pathname === "/page.js" || pathname.startsWith("/node_modules/")) {
      return res.writeHead(200, { "Content-Type": "text/javascript" }).end(await file(pathname));
    }
    if (pathname === "/on-load.js") {
      const { script } = pages.get(searchParams.get("of"));
      return res.writeHead(200, { "Content-Type": "text/javascript" }).end(script);
    }
    const blank = await fetch(`${app.origin}/open`);
    const policy = blank.headers.get("content-security-policy").replace(/frame-src [^;]*/, "frame-src *");
    const page = pages.get(pathname);
    const tag = `<script type="module" src="/on-load.js?of=${encodeURIComponent(pathname)}"></script>`;
    const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
    res.writeHead(200, { ...headers, "Content-Security-Policy": policy, ...page?.headers });
    return res.end((await blank.text()).replace("</head>", page ? `${tag}</head>` : "</head>"));
  });
  const origin = `http://${host}:${port}`;

  return {
    origin,
    /** What a page does when it loads: a function of the page's own world, and what it gets. */
    onLoad(pathname, work, argument, headers = {}) {
      pages.set(pathname, { script: `await (${work})(${JSON.stringify(argument)});`, headers });
      return origin + pathname;
    },
    /** A page that completes the redirects of these options. */
    redirectPage(options, pathname = "/callback", work = (options) => (window.completed = resume(options))) {
      return { ...options, redirectUri: this.onLoad(pathname, work, options) };
    },
    close,
  };
}

/** Another name for a server of this machine that answers to its own name only. */
export async function startNamed(host, port) {
  const named = await serve((req, res) => {
    const headers = { ...req.headers, host: `127.0.0.1:${port}` };
    const onward = forward(
      { host: "127.0.0.1", port, path: req.url, method: req.method, headers },
      (answer) => {
        res.writeHead(answer.statusCode, answer.headers);
        answer.pipe(res);
      },
    );
    onward.on("error", () => res.destroy());
    req.pipe(onward);
  });
  return { url: `http://${host}:${named.port}`, close: named.close };
}

export const test = base.extend({
  site: async ({ app, context }, use) => {
    // The windows of a page have errors, too.
    const uncaught = [];
    context.on("weberror", (error) => uncaught.push(error.error().message));
    const site = await startSite(app);
    await use(site);
    await site.close();
    expect(uncaught, "uncaught errors and unhandled rejections").toEqual([]);
  },
});

/** Counts what a page has and does not give back: `leftovers()` in the page. Before the page is opened. */
export const watchLeftovers = (page) =>
  page.addInitScript(() => {
    if (window !== top) return;
    const [timers, channels, listeners] = [new Set(), new Set(), new Map()];
    const { setTimeout: later, setInterval: often, clearTimeout: clear } = window;
    window.setTimeout = (work, ...rest) => {
      const timer = later(
        (...given) => {
          timers.delete(timer);
          work(...given);
        },
        ...rest,
      );
      timers.add(timer);
      return timer;
    };
    window.setInterval = (...given) => {
      const timer = often(...given);
      timers.add(timer);
      return timer;
    };
    window.clearTimeout = window.clearInterval = (timer) => {
      timers.delete(timer);
      clear(timer);
    };

    const Channel = BroadcastChannel;
    window.BroadcastChannel = class extends Channel {
      constructor(name) {
        super(name);
        channels.add(this);
      }
      close() {
        channels.delete(this);
        super.close();
      }
    };

    const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
    const known = (target) => listeners.get(target) ?? listeners.set(target, new Set()).get(target);
    EventTarget.prototype.addEventListener = function (type, listener, how) {
      const target = this ?? window;
      const own = known(target);
      const entry = [...own].find((one) => one.type === type && one.listener === listener);
      if (!entry && listener) {
        const added = { type, listener };
        own.add(added);
        if (how?.once) add.call(target, type, () => own.delete(added), { once: true });
        how?.signal?.addEventListener("abort", () => own.delete(added), { once: true });
      }
      return add.call(target, type, listener, how);
    };
    EventTarget.prototype.removeEventListener = function (type, listener, how) {
      const own = known(this ?? window);
      for (const one of own) if (one.type === type && one.listener === listener) own.delete(one);
      return remove.call(this ?? window, type, listener, how);
    };

    const count = (sets) => [...sets].reduce((sum, { size }) => sum + size, 0);
    window.leftovers = () => ({
      timers: timers.size,
      channels: channels.size,
      listeners: count(listeners.values()),
      frames: window.length + document.querySelectorAll("iframe").length,
      pending: Object.keys(localStorage).filter((key) => key.startsWith("space-auth:pending:")).length,
    });
  });

export const leftovers = (page) => page.evaluate(() => leftovers());

/** Starts a sign-in that leaves the page where it is; `signedIn` gives its outcome. */
export const begin = (page, options) =>
  page.evaluate((options) => {
    window.signingIn = outcome(async () => {
      const { login } = await lib();
      window.session = await login(await helpers.options({ mode: "popup", ...options }));
      return summary(session);
    });
  }, options);

export const signedIn = (page) => page.evaluate(() => signingIn);

/** Starts a sign-in, and gives its window. */
export async function open(page, options) {
  const popup = page.waitForEvent("popup");
  await begin(page, options);
  return popup;
}

/** Waits on a page of the scripted server until the user says so. */
export function logInPage(as, headers = {}) {
  as.routes["/login"] = (request, res) => {
    const fields = Object.entries(request.query).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value.replaceAll('"', "&quot;")}">`,
    );
    res.writeHead(200, { "Content-Type": "text/html", ...headers });
    res.end(`<!doctype html><title>Log in</title><link rel="icon" href="data:,">
      <form action="/auth">${fields.join("")}<button>Log in</button></form>`);
  };
  return { ...as.server, authorizationEndpoint: `${as.url}/login` };
}

/** Clicks what ends in the window's own end. */
export async function lastClick(popup, name) {
  const closed = popup.waitForEvent("close");
  await popup
    .getByRole("button", { name })
    .click({ noWaitAfter: true })
    .catch(() => {});
  await closed;
}

/** Through the pages of the embedded server. */
export async function logIn(popup, decision = "Authorize") {
  await logInAs(popup);
  await popup.getByRole("button", { name: decision }).waitFor();
  await lastClick(popup, decision);
}
