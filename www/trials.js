// Things to break on the embedded server, to watch what the library does then.
import { content } from "./content.js";
import { button, find, make } from "./dom.js";
import { currentChoice } from "./setup.js";

/** @param {string} server @param {import("./types.d.ts").Act} act */
export function offerTrials(server, act) {
  const rows = Object.entries(content.trials).map(([name, { label, note, path = name, body }]) => {
    const text = make("p", "note", note);
    text.id = `trial-${name}`;
    const trial = button(label, () =>
      act(label, async () => {
        const { system } = currentChoice();
        const sent = JSON.stringify(path === "faults" ? body : { system, ...body });
        const answer = await fetch(`${server}/__control/${path}`, { method: "POST", body: sent });
        if (!answer.ok) throw new Error(`The embedded server answers ${answer.status}`);
        return `On the server: ${label}`;
      }),
    );
    trial.setAttribute("aria-describedby", text.id);
    return make("li", "", trial, text);
  });
  find("trials").append(...rows);
}
