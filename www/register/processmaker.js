// Where ProcessMaker registers applications. It has no API for it, only pages.
import { AuthError, processMaker } from "space-auth-wasm";
import { find, show, write } from "../dom.js";

const [host, workspace] = ["pm-host", "pm-workspace"].map((id) => find(id, HTMLInputElement));

/** @param {string} id @param {URL} url */
function link(id, url) {
  Object.assign(find(id, HTMLAnchorElement), { href: url.href, textContent: url.href });
}

function update() {
  let problem = "";
  try {
    const { authorizationEndpoint, apiBase } = processMaker(host.value.trim(), workspace.value.trim());
    link("pm-apps", new URL("apps", authorizationEndpoint));
    const admin = `../../../sys${workspace.value.trim()}/en/neoclassic/oauth2/applications`;
    link("pm-admin", new URL(admin, apiBase));
  } catch (error) {
    problem = error instanceof AuthError ? error.hint : String(error);
  }
  write("pm-problem", problem);
  show("pm-pages", problem === "");
}

for (const field of [host, workspace]) field.addEventListener("input", update);
find("processmaker-form", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
update();
