// What the library does with which system: `true` where an end-to-end test does it, else the reason in one line why
// the system does not offer it. The table in README.md is made from this.

export const SYSTEMS = ["Space", "Hub", "ProcessMaker 3", "ProcessMaker 4", "OpenID Connect", "Authlib"];

/** @type {Record<string, Record<string, true | string>>} */
export const FLOWS = {
  "Authorization code": {
    Space: true,
    Hub: true,
    "ProcessMaker 3": true,
    "ProcessMaker 4": true,
    "OpenID Connect": true,
    Authlib: true,
  },
  Implicit: {
    Space: true,
    Hub: true,
    "ProcessMaker 3": true,
    "ProcessMaker 4": "ProcessMaker 4 leaves the implicit grant of Laravel Passport switched off.",
    "OpenID Connect": true,
    Authlib: true,
  },
  "Client credentials": {
    Space: true,
    Hub: true,
    "ProcessMaker 3": true,
    "ProcessMaker 4": true,
    "OpenID Connect": true,
    Authlib: true,
  },
  Password: {
    Space: true,
    Hub: true,
    "ProcessMaker 3": true,
    "ProcessMaker 4": true,
    "OpenID Connect":
      "OpenID Connect defines no sign-in by password, and the server of these tests has none.",
    Authlib: true,
  },
  "Permanent token": {
    Space: true,
    Hub: true,
    "ProcessMaker 3": "ProcessMaker 3 has no permanent tokens: each of its access tokens expires.",
    "ProcessMaker 4": true,
    "OpenID Connect": "The standards define no permanent tokens, and the server of these tests has none.",
    Authlib: "The standards define no permanent tokens, and the server of these tests has none.",
  },
  Refresh: {
    Space: true,
    Hub: true,
    "ProcessMaker 3": true,
    "ProcessMaker 4": true,
    "OpenID Connect": true,
    Authlib: true,
  },
  Popup: {
    Space: true,
    Hub: true,
    "ProcessMaker 3": true,
    "ProcessMaker 4": true,
    "OpenID Connect": true,
    Authlib: true,
  },
  Silent: {
    Space: true,
    Hub: true,
    "ProcessMaker 3": "ProcessMaker 3 always shows a page: it has no parameter that forbids it.",
    "ProcessMaker 4": true,
    "OpenID Connect": true,
    Authlib: true,
  },
  "Log-out on the server": {
    Space: true,
    Hub: true,
    "ProcessMaker 3":
      "ProcessMaker 3 revokes a token only at an address that holds it, where no token belongs; log-out forgets it.",
    "ProcessMaker 4":
      "ProcessMaker 4 revokes a token only for its own pages, by their cookie; log-out forgets it.",
    "OpenID Connect": true,
    Authlib: true,
  },
};
