// What the modules of the page pass to each other.

import type { AuthorizationRequest, Session } from "space-auth-wasm";

export type { AuthorizationRequest, Session };

/** What the reader has chosen, and may share. */
export type Choice = Record<
  "system" | "flow" | "mode" | "storage" | "scope" | "clientId" | "redirectUri" | "url" | "workspace",
  string
>;

/** What the reader has typed and nobody else may see. */
export type Secrets = Partial<Record<"clientSecret" | "username" | "password" | "token", string>>;

/** Does something, and says how it went. */
export type Act = (what: string, work: () => Promise<string | void>) => Promise<void>;

export interface Person {
  name: string;
  detail: string;
}

export interface System {
  name: string;
  kind: string;
  /** What asks the server not to ask the user. */
  silently: object;
  /** How a server of this kind is written in code; `URL` stands for the address. */
  call: string;
  flows: string[];
  /** The scope that is proposed. */
  scope: string;
  /** Relative to the API: the user, and what an application may see, too. Where there is no API, userinfo. */
  resources: string[];
  /** An address of such a server of the reader's own. */
  example?: string;
  /** The flows that need a client secret there. */
  confidential?: string[];
  /** What the embedded server has registered for each flow. Nothing on servers of the reader's own. */
  registered?: Record<string, Partial<Pick<Choice, "clientId">> & Secrets>;
}

/** Raw, as it was sent or came. */
export interface Message {
  text: string;
  failed?: boolean;
}

export interface Step {
  from: string;
  to: string;
  label: string;
  note: string;
  source: string;
}

/** Something that the embedded server can be told to break. */
export interface Trial {
  label: string;
  note: string;
  /** Of the control; the name of the trial where it is missing. */
  path?: string;
  body: object;
}

/** `content.json`: the texts. */
export interface Content {
  systems: Record<string, System>;
  /** `needs` names the fields that must not be empty. */
  flows: Record<string, { name: string; hint: string; needs: (keyof Choice | keyof Secrets)[] }>;
  /** What to say of such a field. */
  missing: Record<string, string>;
  modes: Record<string, string>;
  storages: Record<string, string>;
  parties: Record<string, string>;
  /** Of a step. */
  states: Record<string, string>;
  /** Of the address in a window or a frame. */
  elsewhere: string;
  sequences: Record<string, string[]>;
  steps: Record<string, Step>;
  parameters: Record<string, [what: string, source: string]>;
  rights: string[];
  trials: Record<string, Trial>;
  /** The library's function for each flow. */
  functions: Record<string, string>;
  /** Lines of code; what stands between comment marks is for TypeScript. */
  samples: Record<"plain" | "popup", string[]>;
  /** Whether a session can be refreshed. */
  refresh: Record<string, string>;
}
