// The end: somebody signs in with the application.
import { find, make, onPress, write } from "../dom.js";
import { application, current, onChange, session } from "./current.js";
import { profileOf } from "./person.js";
import { inWindow } from "./sign-in.js";
import { applicationStage } from "./stage.js";

const step = applicationStage("finish", "signed-in");
const answer = find("signed-in", HTMLElement);

onChange("application", () => write("finish-name", current.application?.name ?? "the application"));

onPress(/** @type {HTMLButtonElement} */ (find("finish-form", HTMLFormElement).querySelector("button")), () =>
  step.act(async () => {
    const app = application();
    const user = await inWindow(session().server, app.clientId, step.requests);
    const { name, username } = await profileOf(user, step.requests);
    const said = `${username}, by ${user.grant.replace("_", " ")}, for ${app.name} (${user.clientId}).`;
    answer.replaceChildren(
      make("p", "answer-head", make("b", "", `${name} has signed in`)),
      make("p", "", said),
    );
    answer.dataset.ok = "true";
    answer.hidden = false;
    step.done(true);
  }),
);
