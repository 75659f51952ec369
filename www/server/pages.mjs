import { html, toText } from "./html.mjs";
import { USERS } from "./users.mjs";

export const STYLESHEET_PATH = "/assets/pages.css";

export const STALE = "This page was out of date. Please try again.";
export const WRONG_PASSWORD = "The user name or the password is wrong.";

// Chromium applies form-action to the redirect that answers a form too, so the page has to name
// the place where the user is going to be sent.
function formTarget(redirectUri) {
  if (!redirectUri) return "";
  const { origin, protocol } = new URL(redirectUri);
  return origin === "null" ? protocol : origin;
}

/**
 * Sends a page with headers that keep it out of frames and free of foreign content.
 * @param {{ title: string, body: unknown, status?: number, redirectUri?: string }} page
 */
export function sendPage(res, { title, body, status = 200, redirectUri }) {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action 'self' ${formTarget(redirectUri)}`.trim(),
  ];
  res.status(status).set({
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy.join("; "),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
  });
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${STYLESHEET_PATH}" />
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`;
  res.end(toText(document));
}

export const alertBox = (message) => message && html`<p class="alert" role="alert">${message}</p>`;

export const hidden = (name, value) => html`<input type="hidden" name="${name}" value="${value}" />`;

const formFields = ({ csrf, transactionId }) => [
  hidden("csrf", csrf),
  transactionId && hidden("transaction_id", transactionId),
];

const inOneLine = (scope) => scope.map((item, index) => html`${index > 0 && ", "}<code>${item}</code>`);

// A form of its own: the Enter key in a field presses the first button of the field's form.
function oneClickForm({ client, scope, offline, action, ...form }) {
  return html`<form method="post" action="${action}" class="one-click">
    ${formFields(form)}
    ${USERS.map(
      ({ username, firstName }) =>
        html`<button type="submit" name="continue_as" value="${username}" aria-describedby="one-click">
          Continue as ${firstName}
        </button>`,
    )}
    <p id="one-click">
      One click logs in and allows what <strong>${client.name}</strong> asks
      for${scope.length > 0 && html`: ${inOneLine(scope)}`}${offline && ", also while you are away"}.
    </p>
  </form>`;
}

/** Without a client, as nobody but the user wants to go on, there is nothing to allow with one click. */
export function loginPage({ system, client, scope, offline, action, alert, username, ...form }) {
  return {
    title: `Log in to ${system.name}`,
    body: html`
      <p class="system">${system.name} (embedded test server)</p>
      <h1>Log in</h1>
      ${client && html`<p>to continue to <strong>${client.name}</strong></p>`} ${alertBox(alert)}
      ${client && oneClickForm({ client, scope, offline, action, ...form })}
      <form method="post" action="${action}">
        ${formFields(form)}
        <label for="username">User name</label>
        <input id="username" name="username" value="${username}" autocomplete="username" required />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
        <button type="submit">Log in</button>
      </form>
      <aside aria-label="Test users">
        <h2>Test users</h2>
        <dl>
          ${USERS.map(
            (user) =>
              html`<dt>${user.username}</dt>
                <dd><code>${user.password}</code></dd>`,
          )}
        </dl>
      </aside>
    `,
  };
}

export function consentPage({ system, client, user, scope, offline, action, alert, ...form }) {
  return {
    title: `Authorize ${client.name}`,
    body: html`
      <p class="system">${system.name} (embedded test server)</p>
      <h1>Authorize ${client.name}?</h1>
      <p>You are logged in as <strong>${user.username}</strong>.</p>
      ${alertBox(alert)}
      <p>
        <strong>${client.name}</strong> (<code>${client.id}</code>) wants to act on your behalf with these
        permissions:
      </p>
      <ul class="scopes">
        ${scope.map((item) => html`<li><code>${item}</code></li>`)}
      </ul>
      ${offline && html`<p>It also asks to keep this access while you are away.</p>`}
      <form method="post" action="${action}" class="choice">
        ${formFields(form)}
        <button type="submit" name="decision" value="allow">Authorize</button>
        <button type="submit" name="decision" value="deny" class="secondary">Deny</button>
      </form>
    `,
  };
}

export function errorPage({ message, code }) {
  return {
    title: "This request cannot be answered",
    body: html`
      <h1>This request cannot be answered</h1>
      <p class="alert" role="alert">${message}</p>
      ${code && html`<p>Error code: <code>${code}</code></p>`}
    `,
  };
}

export function homePage({ systems }) {
  const rows = systems.map(
    ({ name, paths }) =>
      html`<dt>${name}</dt>
        ${Object.values(paths).map((path) => html`<dd><code>${path}</code></dd>`)}`,
  );
  return {
    title: "Embedded authorization server",
    body: html`
      <h1>Embedded authorization server</h1>
      <p>
        For trying out and testing on this machine only. It keeps everything in memory, and its passwords are
        public.
      </p>
      <dl class="endpoints">${rows}</dl>
    `,
  };
}
