// Where ProcessMaker registers applications. It has no API for it, only pages.
import { AuthError, processMaker } from "space-auth-wasm";
import { find, show, write } from "../dom.js";

const form = find("processmaker-form", HTMLFormElement);

/** @param {string} id @param {string} path @param {string} [base] */
function link(id, path, base) {
  const { href } = new URL(path, base);
  Object.assign(find(id, HTMLAnchorElement), { href, textContent: href });
}

function update() {
  const given = new FormData(form);
  const [host, workspace] = ["host", "workspace"].map((name) => String(given.get(name)).trim());
  let problem = "";
  try {
    const { authorizationEndpoint, apiBase } = processMaker(host, workspace);
    link("pm-apps", "apps", authorizationEndpoint);
    link("pm-admin", `../../../sys${workspace}/en/neoclassic/oauth2/applications`, apiBase);
  } catch (error) {
    problem = error instanceof AuthError ? error.hint : String(error);
  }
  write("pm-problem", problem);
  show("pm-pages", problem === "");
}

form.addEventListener("input", update);
form.addEventListener("submit", (event) => event.preventDefault());
update();
