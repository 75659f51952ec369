// The end: somebody signs in with the application.
import { make, write } from "../dom.js";
import { showAnswer } from "./answer.js";
import { application, current, onChange, session } from "./current.js";
import { profileOf } from "./person.js";
import { inWindow } from "./sign-in.js";
import { applicationStage } from "./stage.js";

const step = applicationStage("finish", "signed-in");

onChange("application", () => write("finish-name", current.application?.name ?? "the application"));

step.onSubmit(async () => {
  const { name: app, clientId } = application();
  const user = await inWindow(session().server, clientId, step.requests);
  const { name, username } = await profileOf(user, step.requests);
  const said = `As ${username}, with the client ID ${user.clientId}, until ${user.expiresAt?.toLocaleTimeString()}.`;
  showAnswer("signed-in", true, `${name} has signed in with ${app}`, make("p", "", said));
  step.done();
});
