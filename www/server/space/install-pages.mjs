import { html } from "../html.mjs";
import { alertBox, hidden } from "../pages.mjs";
import { linesOf } from "./settings.mjs";

const heading = (system) => html`<p class="system">${system.name} (embedded test server)</p>`;

const flowsOf = (settings) =>
  [
    settings.clientCredentialsFlowEnabled && "Client Credentials Flow",
    settings.codeFlowEnabled && `Authorization Code Flow${settings.pkceRequired ? " with PKCE" : ""}`,
  ].filter(Boolean);

const proofsOf = (settings) =>
  [settings.hasPublicKeySignature && "public key", settings.hasSigningKey && "signing key"].filter(Boolean);

function list(term, values) {
  if (values.length === 0) return undefined;
  return html`<dt>${term}</dt>
    ${values.map((value) => html`<dd><code>${value}</code></dd>`)}`;
}

/** Asks whether to install the application that a link describes. */
export function installPage({ system, user, settings, csrf, action, alert }) {
  return {
    title: `Install ${settings.name}`,
    body: html`
      ${heading(system)}
      <h1>Install ${settings.name}?</h1>
      <p>You are logged in as <strong>${user.username}</strong>.</p>
      ${alertBox(alert)}
      <p>A link has brought you here. It describes the application like this:</p>
      <dl>
        ${list("Flows", flowsOf(settings))} ${list("Redirect URIs", linesOf(settings.codeFlowRedirectURIs))}
        ${list("Endpoint", [settings.endpointUri].filter(Boolean))}
        ${list("Requests are signed with", proofsOf(settings))}
      </dl>
      <form method="post" action="${action}">
        ${hidden("csrf", csrf)}
        <button type="submit" name="decision" value="install">Install</button>
      </form>
    `,
  };
}

/** Tells what has become of it; `problem` is why the application has not heard of it. */
export function installedPage({ system, application, problem }) {
  const told = application.endpointUri && !problem;
  return {
    title: `${application.name} is installed`,
    body: html`
      ${heading(system)}
      <h1>${application.name} is installed</h1>
      ${alertBox(problem && `The application could not be told its credentials. ${problem}.`)}
      ${told && html`<p>The application has been told its credentials.</p>`}
      <dl>${list("Client ID", [application.clientId])}</dl>
    `,
  };
}
