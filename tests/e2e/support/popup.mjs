// What the tests of sign-ins by a window of its own share.
import config from "../../../playwright.config.mjs";

const { launchOptions } = config.use;

/** For `test.use`: the popup blocker is on, as it is for users. */
export const BLOCKER = {
  launchOptions: { ...launchOptions, ignoreDefaultArgs: ["--disable-popup-blocking"] },
};

/** What is left of a sign-in, by `leftovers`. */
export const NOTHING = { timers: 0, channels: 0, frames: 0, pending: 0 };

/** A server whose log-in page severs the window from the page that opened it, and answers at once. */
export function severing(as) {
  as.routes["/coop"] = (request, res) => {
    const Location = request.url.replace("/coop", "/auth");
    res.writeHead(302, { Location, "Cross-Origin-Opener-Policy": "same-origin" }).end();
  };
  return { ...as.server, authorizationEndpoint: `${as.url}/coop` };
}
